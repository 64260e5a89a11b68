// Command grafana-fake is a FAKE of Grafana's server, for tests and demonstrations.
//
// No registry of packages carries the real server. This one draws no dashboard; it keeps to what an updater meets:
// one SQLite file that every release migrates forward at its start, the releases' one-way doors, provisioned
// dashboards, and the part of the HTTP API that tells health and inventory. It says that it is a fake in its first
// log line and in the header X-Grafana-Fake of every answer.
//
// Settings are Grafana's own: the file of GF_PATHS_CONFIG, GF_<SECTION>_<KEY>, and cfg:<section>.<key>=<value> as
// an argument. What only a fake has is told by the image:
//
//	GRAFANA_FAKE_VERSION            the release it plays, for example 12.4.9 or 13.0.1-security-01
//	GRAFANA_FAKE_TOKEN              the one bearer token it takes, with the rights of a viewer and data sources
//	GRAFANA_FAKE_MIGRATION_SECONDS  how long pending migrations take; nothing listens meanwhile
//	GRAFANA_FAKE_FAULT              what is broken in this release, see faults.go
//	GRAFANA_FAKE_SECONDS            healthy time of an "-after" fault, from the start of the process
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	if err := run(os.Args[1:], log); err != nil {
		log.Error(err.Error())
		os.Exit(1)
	}
}

func run(arguments []string, log *slog.Logger) error {
	plays, err := parseVersion(os.Getenv("GRAFANA_FAKE_VERSION"))
	if err != nil {
		return fmt.Errorf("GRAFANA_FAKE_VERSION: %w", err)
	}
	log.Info("this is a FAKE Grafana for tests, not Grafana", "version", plays.text)
	broken, err := readFault(time.Now(), os.Getenv)
	if err != nil {
		return err
	}
	set, err := readSettings(arguments, os.Getenv)
	if err != nil {
		return err
	}
	if err := refusedSetting(plays, set); err != nil {
		return err
	}
	if err := broken.refusedSetting(set); err != nil {
		return err
	}
	if broken.mode == "crash" {
		return errors.New("panic: runtime error: invalid memory address or nil pointer dereference")
	}
	db, err := openDatabase(set)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := migrate(db, plays, migrationPause(os.Getenv), log); err != nil {
		return err
	}
	objects, err := newInventory(db, plays)
	if err != nil {
		return err
	}
	if err := provision(objects, set.get("paths", "provisioning"), log); err != nil {
		log.Error("failed to provision", "error", err)
	}
	return serve(newServer(objects, set, broken, os.Getenv("GRAFANA_FAKE_TOKEN"), log), set, log)
}

// serve listens until a signal, or until the release's fault ends the process.
func serve(server *server, set settings, log *slog.Logger) error {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if server.fault.mode == "never-ready" {
		<-stop.Done()
		return nil
	}
	address := net.JoinHostPort(set.get("server", "http_addr"), set.get("server", "http_port"))
	listener := &http.Server{Addr: address, Handler: server.handler(), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- listener.ListenAndServe() }()
	go server.refreshTotals(stop)
	log.Info("HTTP Server Listen", "address", address)
	select {
	case err := <-ended:
		return err
	case err := <-server.fault.happens(stop, server.objects, log):
		return err
	case <-stop.Done():
		return listener.Close()
	}
}

// refusedSetting tells what makes a release refuse to start, in the words of its log.
func refusedSetting(plays version, set settings) error {
	if plays.atLeast(11, 0) && set.get("alerting", "enabled") == "true" {
		return errors.New("invalid setting [alerting].enabled: Legacy Alerting is removed. It is no longer available")
	}
	token := strings.Trim(set.get("rendering", "renderer_token"), "-")
	if plays.atLeast(13, 0) && set.get("rendering", "server_url") != "" && token == "" {
		return errors.New("invalid setting [rendering].renderer_token: must be set when server_url is")
	}
	return nil
}
