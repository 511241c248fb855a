package main

import (
	"encoding/json"
	"sync/atomic"
	"syscall"
)

// stats is what GET /_stats tells and POST /_reset forgets.
type stats struct {
	ops               [opCount]atomic.Int64
	bytesIn, bytesOut atomic.Int64
	errors, slowDowns atomic.Int64
	connections       atomic.Int64
	inFlight, most    atomic.Int64
	cpuAtReset        atomic.Int64
}

func (s *stats) enter() {
	n := s.inFlight.Add(1)
	for {
		m := s.most.Load()
		if n <= m || s.most.CompareAndSwap(m, n) {
			return
		}
	}
}

func cpuMicros() int64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u.Utime.Nano()/1000 + u.Stime.Nano()/1000
}

func (s *server) statsJSON() []byte {
	ops, total := map[string]int64{}, int64(0)
	for i := range s.stats.ops {
		if n := s.stats.ops[i].Load(); n > 0 {
			ops[opNames[i]] = n
			total += n
		}
	}
	sinks, stray := map[string]int{}, map[string]int64{}
	s.buckets.Range(func(_, v any) bool {
		if b := v.(*bucket); b.sink != nil {
			sinks[b.name] = b.written()
			if n := b.stray.Load(); n > 0 {
				stray[b.name] = n
			}
		}
		return true
	})
	j, _ := json.Marshal(map[string]any{
		"requests":         total,
		"ops":              ops,
		"bytesIn":          s.stats.bytesIn.Load(),
		"bytesOut":         s.stats.bytesOut.Load(),
		"errors":           s.stats.errors.Load(),
		"slowDowns":        s.stats.slowDowns.Load(),
		"connections":      s.stats.connections.Load(),
		"maxConcurrency":   s.stats.most.Load(),
		"serverCpuSeconds": float64(cpuMicros()-s.stats.cpuAtReset.Load()) / 1e6,
		"sinks":            sinks, // how many keys each holds
		"stray":            stray, // writes to each with keys that are not of its shape
	})
	return append(j, '\n')
}

func (s *server) reset() {
	for i := range s.stats.ops {
		s.stats.ops[i].Store(0)
	}
	for _, v := range []*atomic.Int64{
		&s.stats.bytesIn, &s.stats.bytesOut, &s.stats.errors, &s.stats.slowDowns, &s.stats.connections,
	} {
		v.Store(0)
	}
	s.stats.most.Store(s.stats.inFlight.Load())
	s.stats.cpuAtReset.Store(cpuMicros())
	s.buckets.Range(func(_, v any) bool {
		b := v.(*bucket)
		for i := range b.sink {
			atomic.StoreUint64(&b.sink[i], 0)
		}
		b.stray.Store(0)
		return true
	})
}

func (c *conn) control(path string) error {
	if _, err := c.body(nil); err != nil {
		return err
	}
	switch path {
	case "/_reset":
		c.srv.reset()
		c.start(204)
		return c.empty()
	case "/_stats":
		j := c.srv.statsJSON()
		c.start(200)
		c.header("Content-Type", "application/json")
		c.lengthHeader(int64(len(j)))
		c.out = append(append(c.out, "\r\n"...), j...)
		_, err := c.nc.Write(c.out)
		return err
	}
	return c.fail(404, "NoSuchKey", "Only /_stats and /_reset")
}
