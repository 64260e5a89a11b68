// Command prometheus-fault stands in for Prometheus in an image whose release is broken in a chosen way.
//
// It lies at /bin/prometheus, starts the real server of the image on a loopback port with its own arguments, passes
// every request on to it and misbehaves as /fault.json says:
//
//	{"mode": "healthy"}                             no fault: only the version is another (below)
//	{"mode": "crash"}                               exit code 1 at once
//	{"mode": "crash-after", "seconds": 20}          healthy, then exit code 1
//	{"mode": "never-ready"}                         answers, but /-/ready stays 503
//	{"mode": "refuse-config"}                       exit code 2, as for a key it does not know
//	{"mode": "api-errors-after", "seconds": 20}     healthy, then /api/v1/ answers 503
//	{"mode": "targets-lost-after", "seconds": 20}   healthy, then no target and no series is found
//
// Seconds count from the start of the process. After an "-after" fault of the API /-/healthy and /-/ready still
// answer 200: only a question about its work reveals it. With {"version": "3.13.3"} build information tells that
// version in place of the one that was built.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const (
	realServer    = "/bin/prometheus-real"
	realAddress   = "127.0.0.1:19090"
	faultFile     = "/fault.json"
	defaultListen = "0.0.0.0:9090"
	listenFlag    = "--web.listen-address"
)

type fault struct {
	Mode         string  `json:"mode"`
	Seconds      float64 `json:"seconds"`
	Version      string  `json:"version"`
	BuiltVersion string  `json:"builtVersion"`
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	chosen, err := readFault(faultFile)
	if err != nil {
		log.Fatalf("prometheus-fault: %v", err)
	}
	os.Exit(run(chosen, os.Args[1:]))
}

func readFault(path string) (fault, error) {
	var chosen fault
	content, err := os.ReadFile(path)
	if err != nil {
		return chosen, err
	}
	if err := json.Unmarshal(content, &chosen); err != nil {
		return chosen, fmt.Errorf("%s: %w", path, err)
	}
	return chosen, nil
}

func run(chosen fault, arguments []string) int {
	if len(arguments) == 1 && arguments[0] == "--version" {
		fmt.Printf("prometheus, version %s (a stand-in with a chosen fault)\n", chosen.Version)
		return 0
	}
	begins := time.Now().Add(time.Duration(chosen.Seconds * float64(time.Second)))
	switch chosen.Mode {
	case "crash":
		log.Print("panic: runtime error: invalid memory address or nil pointer dereference")
		return 1
	case "refuse-config":
		log.Print("Error loading config: parsing YAML file: field scrape_protocols not found in type config.plain")
		return 2
	case "healthy", "crash-after", "never-ready", "api-errors-after", "targets-lost-after":
		return serve(chosen, arguments, begins)
	default:
		log.Printf("%s: unknown mode %q", faultFile, chosen.Mode)
		return 2
	}
}

// serve runs the real server behind a proxy until either ends, and returns the exit code.
func serve(chosen fault, arguments []string, begins time.Time) int {
	listen, rest := listenAddress(arguments)
	server := exec.Command(realServer, append(rest, listenFlag+"="+realAddress)...)
	server.Stdout, server.Stderr = os.Stdout, os.Stderr
	if err := server.Start(); err != nil {
		log.Printf("prometheus-fault: %v", err)
		return 1
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	refused := make(chan error, 1)
	go func() { refused <- http.ListenAndServe(listen, newProxy(chosen, begins)) }()
	received := make(chan os.Signal, 1)
	signal.Notify(received, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	var crash <-chan time.Time
	if chosen.Mode == "crash-after" {
		crash = time.After(time.Until(begins))
	}
	for {
		select {
		case err := <-ended:
			return exitCode(err)
		case err := <-refused:
			log.Printf("prometheus-fault: %v", err)
			_ = server.Process.Kill()
			return 1
		case signalled := <-received:
			_ = server.Process.Signal(signalled)
		case <-crash:
			_ = server.Process.Kill()
			return 1
		}
	}
}

// listenAddress takes the address to listen on out of the arguments.
func listenAddress(arguments []string) (string, []string) {
	address, rest := defaultListen, []string{}
	for index := 0; index < len(arguments); index++ {
		argument := arguments[index]
		value, found := strings.CutPrefix(argument, listenFlag+"=")
		switch {
		case found:
			address = value
		case argument == listenFlag && index+1 < len(arguments):
			index++
			address = arguments[index]
		default:
			rest = append(rest, argument)
		}
	}
	return address, rest
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
