// watch runs a command and tells what it took, as a line of JSON on standard output. Node tells a
// process what it takes itself, but not what a child took.
//
// The command's output is read through a pipe and its lines are counted, so that it does the work of
// writing, and what it wrote can be checked. Its CPU is that of all its threads and of the children
// that it waited for; its memory is that of the largest of them.
package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

type taken struct {
	Status    int     `json:"status"`
	CPUMs     float64 `json:"cpuMs"`
	WallMs    float64 `json:"wallMs"`
	PeakBytes int64   `json:"peakBytes"`
	Lines     int64   `json:"lines"`
}

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: watch COMMAND [ARGUMENT...]")
	}
	t, err := watch(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(t)
}

func watch(command []string) (*taken, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	startedAt := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	lines, err := countLines(output)
	if err != nil {
		return nil, err
	}
	if err := cmd.Wait(); err != nil {
		if _, failed := err.(*exec.ExitError); !failed {
			return nil, err
		}
	}
	state := cmd.ProcessState
	return &taken{
		Status:    state.ExitCode(),
		CPUMs:     float64(state.UserTime()+state.SystemTime()) / 1e6,
		WallMs:    float64(time.Since(startedAt)) / 1e6,
		PeakBytes: peakBytes(state),
		Lines:     lines,
	}, nil
}

func countLines(r io.Reader) (lines int64, err error) {
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		lines += int64(bytes.Count(buf[:n], []byte("\n")))
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
	}
}

func peakBytes(state *os.ProcessState) int64 {
	peak := state.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS == "darwin" {
		return peak // the only one that counts in bytes
	}
	return peak << 10
}
