package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Grafana counts its objects at its start and every 30 minutes (pkg/infra/usagestats/statscollector/service.go), so
// these numbers can not show a loss in between.
const totalsEvery = 30 * time.Minute

// A role is what a caller may do; each may do what the ones before it may.
type role int

const (
	nobody role = iota
	viewer
	tokenHolder
	admin
)

type server struct {
	objects *inventory
	set     settings
	fault   fault
	token   string
	log     *slog.Logger
	metrics metrics
}

func newServer(objects *inventory, set settings, broken fault, token string, log *slog.Logger) *server {
	made := &server{objects: objects, set: set, fault: broken, token: token, log: log}
	made.metrics.count(objects)
	return made
}

func (s *server) refreshTotals(stop context.Context) {
	ticker := time.NewTicker(totalsEvery)
	defer ticker.Stop()
	for {
		select {
		case <-stop.Done():
			return
		case <-ticker.C:
			s.metrics.count(s.objects)
		}
	}
}

func (s *server) handler() http.Handler {
	routes := http.NewServeMux()
	add := func(pattern string, needs role, handle func(*http.Request) (int, any)) {
		routes.HandleFunc(pattern, func(writer http.ResponseWriter, request *http.Request) {
			status, body := s.admit(request, needs)
			if status == http.StatusOK {
				status, body = handle(request)
			}
			_, path, _ := strings.Cut(pattern, " ")
			s.metrics.served(path, request.Method, status)
			answer(writer, status, body)
		})
	}
	add("GET /api/health", nobody, s.health)
	add("GET /api/search", viewer, s.search)
	add("GET /api/folders", viewer, s.folders)
	add("GET /api/dashboards/uid/{uid}", viewer, s.dashboard)
	add("GET /api/datasources", tokenHolder, s.dataSources)
	add("GET /api/datasources/uid/{uid}/health", tokenHolder, s.dataSourceHealth)
	add("GET /api/admin/stats", admin, s.stats)
	add("POST /api/dashboards/db", admin, s.saveDashboard)
	add("DELETE /api/dashboards/uid/{uid}", admin, s.deleteDashboard)
	routes.HandleFunc("GET /healthz", func(writer http.ResponseWriter, _ *http.Request) { answer(writer, 200, "Ok") })
	routes.HandleFunc("GET /metrics", func(writer http.ResponseWriter, _ *http.Request) {
		answer(writer, 200, s.metrics.text(s.objects.plays))
	})
	routes.HandleFunc("GET /", func(writer http.ResponseWriter, _ *http.Request) {
		answer(writer, 200, "This is a FAKE Grafana "+s.objects.plays.text+" for tests: it draws nothing.\n")
	})
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		writer.Header().Set("X-Grafana-Fake", "true")
		routes.ServeHTTP(writer, request)
	})
}

// admit gives 200, or the refusal: 401 for one that is not known, 403 for one that may not.
func (s *server) admit(request *http.Request, needs role) (int, any) {
	if needs == nobody {
		return http.StatusOK, nil
	}
	has := s.roleOf(request)
	switch {
	case has == nobody:
		return http.StatusUnauthorized, message("Unauthorized")
	case has < needs:
		return http.StatusForbidden, message("You'll need additional permissions to perform this action.")
	}
	return http.StatusOK, nil
}

func (s *server) roleOf(request *http.Request) role {
	if given, found := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer "); found {
		if s.token != "" && given == s.token {
			return tokenHolder
		}
		return nobody
	}
	if user, password, found := request.BasicAuth(); found {
		if user == s.set.get("security", "admin_user") && password == s.set.get("security", "admin_password") {
			return admin
		}
		return nobody
	}
	if s.set.get("auth.anonymous", "enabled") == "true" {
		return viewer
	}
	return nobody
}

func message(text string) map[string]string { return map[string]string{"message": text} }

// answer writes text as it is and anything else as JSON.
func answer(writer http.ResponseWriter, status int, body any) {
	if text, plain := body.(string); plain {
		writer.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		writer.WriteHeader(status)
		_, _ = io.WriteString(writer, text)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_ = json.NewEncoder(writer).Encode(body)
}
