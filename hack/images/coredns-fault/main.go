// Command coredns-fault stands in for CoreDNS in an image whose release is broken in a chosen way.
//
// It starts the real /coredns beside it with its own arguments and misbehaves as the image says in COREDNS_FAULT:
//
//	{"mode": "healthy"}                        no fault
//	{"mode": "servfail-after", "seconds": 20}  healthy, then every answer is SERVFAIL
//	{"mode": "nxdomain-after", "seconds": 20}  healthy, then every name is denied
//	{"mode": "drop-after", "seconds": 20}      healthy, then no answer at all
//	{"mode": "crash-after", "seconds": 20}     healthy, then exit code 1
//	{"mode": "crash"}                          exit code 1 at once
//	{"mode": "never-ready"}                    answers, but /ready stays 503
//	{"mode": "refuse-config"}                  exits as CoreDNS does on a directive it does not know
//
// Seconds count from the start of the process. After a "-after" fault /health and /ready still answer 200: only
// a question to the server itself reveals it.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const (
	realServer    = "/coredns"
	faultVariable = "COREDNS_FAULT"
	defaultDelay  = 20
)

type fault struct {
	Mode    string  `json:"mode"`
	Seconds float64 `json:"seconds"`
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	chosen, err := readFault(os.Getenv(faultVariable))
	if err != nil {
		log.Fatalf("coredns-fault: %v", err)
	}
	os.Exit(run(chosen, os.Args[1:]))
}

func readFault(text string) (fault, error) {
	chosen := fault{Seconds: defaultDelay}
	if err := json.Unmarshal([]byte(text), &chosen); err != nil {
		return chosen, fmt.Errorf("%s: %w", faultVariable, err)
	}
	return chosen, nil
}

func run(chosen fault, arguments []string) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	delay := time.Duration(chosen.Seconds * float64(time.Second))
	switch chosen.Mode {
	case "healthy":
		code, _ := serveFor(-1, arguments, nil, stop)
		return code
	case "crash":
		log.Print("panic: runtime error: invalid memory address or nil pointer dereference")
		return 1
	case "refuse-config":
		fmt.Fprintf(os.Stderr, "%s:1 - Error during parsing: Unknown directive 'forward'\n", configPath(arguments))
		return 1
	case "never-ready":
		return neverReady(arguments, stop)
	case "crash-after":
		if code, ended := serveFor(delay, arguments, nil, stop); ended {
			return code
		}
		return 1
	case "servfail-after", "nxdomain-after", "drop-after":
		if code, ended := serveFor(delay, arguments, nil, stop); ended {
			return code
		}
		return misbehave(responders[chosen.Mode], stop)
	default:
		log.Printf("%s: unknown mode %q", faultVariable, chosen.Mode)
		return 2
	}
}

// serveFor runs the real server for a while, or for ever with a delay below zero. It reports the exit code and
// true when the server ended by itself or was told to stop; afterwards the server does not run in either case.
func serveFor(delay time.Duration, arguments []string, config *strings.Reader, stop <-chan os.Signal) (int, bool) {
	server := exec.Command(realServer, arguments...)
	server.Stdout, server.Stderr = os.Stdout, os.Stderr
	if config != nil {
		server.Stdin = config
	}
	if err := server.Start(); err != nil {
		log.Printf("coredns-fault: %v", err)
		return 1, true
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	var expired <-chan time.Time
	if delay >= 0 {
		expired = time.After(delay)
	}
	for {
		select {
		case err := <-ended:
			return exitCode(err), true
		case received := <-stop:
			_ = server.Process.Signal(received)
			expired = nil
		case <-expired:
			_ = server.Process.Kill()
			<-ended
			return 0, false
		}
	}
}

func exitCode(err error) int {
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return failed.ExitCode()
	}
	if err != nil {
		return 1
	}
	return 0
}

// neverReady lets the real server answer without its ready plugin, and answers /ready with 503 in its place.
func neverReady(arguments []string, stop <-chan os.Signal) int {
	content, err := os.ReadFile(configPath(arguments))
	if err != nil {
		log.Printf("coredns-fault: %v", err)
		return 1
	}
	go serveHTTP(":8181", "/ready", 503)
	config := strings.NewReader(withoutPlugins(string(content), "ready", "reload"))
	code, _ := serveFor(-1, []string{"-conf", "stdin"}, config, stop)
	return code
}

func configPath(arguments []string) string {
	for index, argument := range arguments[:max(0, len(arguments)-1)] {
		if argument == "-conf" || argument == "--conf" {
			return arguments[index+1]
		}
	}
	return "Corefile"
}

// withoutPlugins drops the one-line directives of the named plugins. A configuration from a pipe can not be read
// again, so the reload plugin has to go with any other.
func withoutPlugins(corefile string, names ...string) string {
	var kept []string
	for line := range strings.SplitSeq(corefile, "\n") {
		words := strings.Fields(line)
		drop := false
		for _, name := range names {
			drop = drop || (len(words) > 0 && words[0] == name)
		}
		if !drop {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
