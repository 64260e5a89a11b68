// Command prometheus-fault stands in for Prometheus in an image whose release is broken in a chosen way.
//
// It lies at /bin/prometheus, starts the real server of the image on a loopback port with its own arguments, passes
// every request on to it and misbehaves as the image says in PROMETHEUS_FAULT:
//
//	{"mode": "healthy"}                             no fault: only the version is another (below)
//	{"mode": "crash"}                               exit code 1 at once
//	{"mode": "crash-after", "seconds": 20}          healthy, then exit code 1
//	{"mode": "never-ready"}                         answers, but /-/ready stays 503
//	{"mode": "refuse-config"}                       exit code 2, as for a key it does not know; promtool too
//	{"mode": "api-errors-after", "seconds": 20}     healthy, then /api/v1/ answers 503
//	{"mode": "targets-lost-after", "seconds": 20}   healthy, then no target and no series is found
//
// Seconds count from the start of the process. After an "-after" fault of the API /-/healthy and /-/ready still
// answer 200: only a question about its work reveals it. With {"version": "3.13.3"} build information tells that
// version in place of the one that was built.
//
// As /bin/promtool it is the real one of the image, but for the configuration that this release refuses.
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
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	realServer    = "/bin/prometheus-real"
	realAddress   = "127.0.0.1:19090"
	realTool      = "/bin/promtool-real"
	faultVariable = "PROMETHEUS_FAULT"
	defaultListen = "0.0.0.0:9090"
	listenFlag    = "--web.listen-address"
	refusal       = "parsing YAML file: field scrape_protocols not found in type config.plain"
)

type fault struct {
	Mode         string  `json:"mode"`
	Seconds      float64 `json:"seconds"`
	Version      string  `json:"version"`
	BuiltVersion string  `json:"builtVersion"`
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	chosen, err := readFault(os.Getenv(faultVariable))
	if err != nil {
		log.Fatalf("prometheus-fault: %v", err)
	}
	if filepath.Base(os.Args[0]) == "promtool" {
		os.Exit(check(chosen, os.Args))
	}
	os.Exit(run(chosen, os.Args[1:]))
}

func readFault(text string) (fault, error) {
	var chosen fault
	if err := json.Unmarshal([]byte(text), &chosen); err != nil {
		return chosen, fmt.Errorf("%s: %w", faultVariable, err)
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
		log.Print("Error loading config: " + refusal)
		return 2
	case "healthy", "crash-after", "never-ready", "api-errors-after", "targets-lost-after":
		return serve(chosen, arguments, begins)
	default:
		log.Printf("%s: unknown mode %q", faultVariable, chosen.Mode)
		return 2
	}
}

// check plays promtool: it gives the exit code of a refusal, or lets the real one take the process over.
func check(chosen fault, arguments []string) int {
	if chosen.Mode == "refuse-config" && slices.Contains(arguments, "config") {
		fmt.Fprintln(os.Stderr, "  FAILED: "+refusal)
		return 1
	}
	log.Print(syscall.Exec(realTool, arguments, os.Environ()))
	return 1
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
