package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// countedTables gives each number of /api/admin/stats its table; dashboards and folders move with the releases.
var countedTables = map[string]string{
	"datasources": "data_source", "users": "user", "orgs": "org", "alerts": "alert_rule", "playlists": "playlist",
}

// metrics holds what /metrics tells; names as in Grafana's pkg/infra/metrics/metrics.go.
type metrics struct {
	lock     sync.Mutex
	totals   []string
	requests map[string]int
}

// count takes the totals anew.
func (m *metrics) count(objects *inventory) {
	dashboards, folders := 0, 0
	if all, err := objects.list(); err == nil {
		for _, one := range all {
			if one.IsFolder {
				folders++
			} else {
				dashboards++
			}
		}
	}
	totals := []string{
		fmt.Sprintf("grafana_stat_totals_dashboard %d", dashboards),
		fmt.Sprintf("grafana_stat_totals_folder %d", folders),
	}
	for name, table := range map[string]string{
		"totals_alert_rules": "alert_rule", "totals_annotations": "annotation",
		"total_users": "user", "total_orgs": "org", "total_playlists": "playlist",
	} {
		if number, err := objects.count(table); err == nil {
			totals = append(totals, fmt.Sprintf("grafana_stat_%s %d", name, number))
		}
	}
	kinds := map[string]int{}
	if sources, err := objects.dataSources(); err == nil {
		for _, one := range sources {
			kinds[one.Type]++
		}
	}
	for kind, number := range kinds {
		totals = append(totals, fmt.Sprintf("grafana_stat_totals_datasource{plugin_id=%q} %d", kind, number))
	}
	slices.Sort(totals)
	m.lock.Lock()
	defer m.lock.Unlock()
	m.totals = totals
}

func (m *metrics) served(handler, method string, status int) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if m.requests == nil {
		m.requests = map[string]int{}
	}
	m.requests[fmt.Sprintf("handler=%q,method=%q,status_code=\"%d\"", handler, method, status)]++
}

// text is the exposition format of Prometheus.
func (m *metrics) text(plays version) string {
	m.lock.Lock()
	defer m.lock.Unlock()
	lines := []string{
		fmt.Sprintf("grafana_build_info{branch=\"FAKE\",edition=\"oss\",revision=%q,version=%q} 1", commit, plays.text),
		"grafana_instance_start_total 1",
	}
	lines = append(lines, m.totals...)
	requests := []string{}
	for labels, number := range m.requests {
		requests = append(requests, fmt.Sprintf("grafana_http_request_duration_seconds_count{%s} %d", labels, number))
	}
	slices.Sort(requests)
	return strings.Join(append(lines, requests...), "\n") + "\n"
}
