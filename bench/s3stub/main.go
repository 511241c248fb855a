// s3stub is a very fast S3 server of synthetic buckets, for measuring what a client costs. It
// stores nothing: a bucket's name tells its keys (see keys.go). Signatures are not checked, and
// conditions only on the source of a copy. GET /_stats tells what was asked, POST /_reset forgets
// it and empties the sinks.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"log"
	"math/big"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type server struct {
	latency, listLatency time.Duration
	md5                  bool
	chunk                int
	chunkHead            []byte
	slow                 limiter
	date                 atomic.Pointer[string]
	buckets              sync.Map
	stats                stats
	uploads              atomic.Int64
}

func main() {
	addr := flag.String("addr", "127.0.0.1:9990", "address to listen on; port 0 is any free one")
	latency := flag.Duration("latency", 0, "added to every request")
	listLatency := flag.Duration("list-latency", 0, "added to every list request")
	useTLS := flag.Bool("tls", false, "serve TLS with a new self-signed certificate")
	certOut := flag.String("cert-out", "", "where to write that certificate, for the clients")
	md5 := flag.Bool("md5", false, "answer a PUT with the body's MD5 as ETag")
	chunk := flag.Int("chunk", 16<<10, "size of the chunks of XML answers; 0: Content-Length")
	rate := flag.Float64("slowdown-rate", 0,
		"503 SlowDown above this many requests a second for a prefix; 0: never")
	depth := flag.Int("slowdown-depth", 2, "slashes of a key that make up such a prefix")
	gc := flag.Int("gogc", 200, "garbage collector's target")
	flag.Parse()
	debug.SetGCPercent(*gc)

	s := newServer()
	s.latency, s.listLatency, s.md5 = *latency, *listLatency, *md5
	s.setChunk(*chunk)
	s.slow = limiter{rate: *rate, depth: *depth, seen: map[string]*allowance{}}
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	if *useTLS {
		cert, certPEM := selfSigned()
		if *certOut != "" {
			if err := os.WriteFile(*certOut, certPEM, 0o644); err != nil {
				log.Fatal(err)
			}
		}
		l = overTLS(l, cert)
	}
	log.Printf("listening on %s", l.Addr())
	log.Fatal(s.serve(l))
}

func overTLS(l net.Listener, cert tls.Certificate) net.Listener {
	return tls.NewListener(l, &tls.Config{
		Certificates: []tls.Certificate{cert},
		NextProtos:   []string{"http/1.1"},
	})
}

func newServer() *server {
	s := &server{}
	s.setDate()
	s.setChunk(16 << 10)
	go func() {
		for range time.Tick(time.Second) {
			s.setDate()
		}
	}()
	return s
}

func (s *server) setDate() {
	d := time.Now().UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	s.date.Store(&d)
}

func (s *server) setChunk(n int) {
	s.chunk = n
	s.chunkHead = []byte("\r\n" + strconv.FormatInt(int64(n), 16) + "\r\n")
}

func (s *server) serve(l net.Listener) error {
	for {
		nc, err := l.Accept()
		if err != nil {
			return err
		}
		s.stats.connections.Add(1)
		r := bufio.NewReaderSize(nc, 16<<10)
		c := &conn{srv: s, nc: nc, r: r, buckets: map[string]*bucket{}}
		go c.serve()
	}
}

func selfSigned() (tls.Certificate, []byte) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	t := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		Subject:               pkix.Name{CommonName: "s3stub"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	inPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, inPEM
}

// limiter makes SlowDown answers: each prefix has an allowance that refills at the rate.
type limiter struct {
	rate  float64
	depth int
	mu    sync.Mutex
	seen  map[string]*allowance
}

type allowance struct {
	left float64
	at   time.Time
}

func (l *limiter) allow(bucket, key []byte) bool {
	if l.rate <= 0 {
		return true
	}
	end, slashes := 0, 0
	for end < len(key) && slashes < l.depth {
		if key[end] == '/' {
			slashes++
		}
		end++
	}
	if slashes < l.depth {
		end = 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name := string(bucket) + "/" + string(key[:end])
	now := time.Now()
	a := l.seen[name]
	if a == nil {
		a = &allowance{l.rate, now}
		l.seen[name] = a
	}
	a.left = min(l.rate, a.left+now.Sub(a.at).Seconds()*l.rate)
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}
