package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"
)

// What can be broken in a release:
//
//	crash                  exit code 1 at once, before the database is touched
//	refuse-config          exit code 1 because of [analytics] check_for_updates, as of a setting that was removed
//	crash-after            healthy, then exit code 1
//	never-ready            migrates, then never listens
//	health-failing-after   healthy, then /api/health answers 503
//	search-failing-after   healthy, then /api/search answers 500 while /api/health stays 200
//	lose-dashboards-after  healthy, then every dashboard is deleted while /api/health stays 200
var faultModes = []string{
	"", "crash", "refuse-config", "crash-after", "never-ready", "health-failing-after", "search-failing-after",
	"lose-dashboards-after",
}

type fault struct {
	mode   string
	begins time.Time
}

func readFault(now time.Time, getenv func(string) string) (fault, error) {
	mode := getenv("GRAFANA_FAKE_FAULT")
	if !slices.Contains(faultModes, mode) {
		return fault{}, fmt.Errorf("GRAFANA_FAKE_FAULT: unknown %q; known are %q", mode, faultModes[1:])
	}
	return fault{mode: mode, begins: now.Add(seconds(getenv("GRAFANA_FAKE_SECONDS")))}, nil
}

func migrationPause(getenv func(string) string) time.Duration {
	return seconds(getenv("GRAFANA_FAKE_MIGRATION_SECONDS"))
}

func seconds(text string) time.Duration {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return time.Duration(number * float64(time.Second))
}

// has tells whether a fault of the HTTP API is there by now.
func (f fault) has(mode string) bool {
	return f.mode == mode && !time.Now().Before(f.begins)
}

// happens does what comes by itself after the healthy time, and delivers the error that ends the process.
func (f fault) happens(stop context.Context, objects *inventory, log *slog.Logger) <-chan error {
	ends := make(chan error, 1)
	if f.mode != "crash-after" && f.mode != "lose-dashboards-after" {
		return ends
	}
	go func() {
		select {
		case <-stop.Done():
			return
		case <-time.After(time.Until(f.begins)):
		}
		if f.mode == "crash-after" {
			ends <- errors.New("panic: runtime error: invalid memory address or nil pointer dereference")
			return
		}
		if err := loseDashboards(objects, log); err != nil {
			ends <- err
		}
	}()
	return ends
}

func loseDashboards(objects *inventory, log *slog.Logger) error {
	uids, err := objects.removeDashboards("")
	log.Info("Found dashboards to be deleted", "uids", uids)
	return err
}

// refusedSetting is the setting of another release that a "refuse-config" one takes for a mistake.
func (f fault) refusedSetting(set settings) error {
	if f.mode == "refuse-config" && set.get("analytics", "check_for_updates") != "" {
		return errors.New("invalid setting [analytics].check_for_updates: It is no longer available")
	}
	return nil
}
