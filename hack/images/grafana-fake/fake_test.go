package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// started is what a release makes of a data folder at its start.
type started struct {
	t      *testing.T
	db     *sql.DB
	server *server
	err    error
}

// start plays a release on a data folder; its environment is GF_PATHS_DATA and what is given as NAME=value.
func start(t *testing.T, data, text string, environment ...string) started {
	t.Helper()
	plays, err := parseVersion(text)
	if err != nil {
		t.Fatal(err)
	}
	getenv := func(name string) string {
		for _, entry := range append(environment, "GF_PATHS_DATA="+data) {
			if value, found := strings.CutPrefix(entry, name+"="); found {
				return value
			}
		}
		return ""
	}
	set, err := readSettings(nil, getenv)
	if err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := migrate(db, plays, 0, silent); err != nil {
		return started{t: t, db: db, err: err}
	}
	objects, err := newInventory(db, plays)
	if err != nil {
		t.Fatal(err)
	}
	broken, err := readFault(time.Now(), getenv)
	if err != nil {
		t.Fatal(err)
	}
	err = provision(objects, set.get("paths", "provisioning"), silent)
	return started{t, db, newServer(objects, set, broken, getenv("GRAFANA_FAKE_TOKEN"), silent), err}
}

func (s started) request(method, path, body string, who func(*http.Request)) *httptest.ResponseRecorder {
	asked := httptest.NewRequest(method, path, strings.NewReader(body))
	who(asked)
	answered := httptest.NewRecorder()
	s.server.handler().ServeHTTP(answered, asked)
	return answered
}

// save creates dashboards, each with its uid as title.
func (s started) save(uids ...string) started {
	s.t.Helper()
	for _, uid := range uids {
		answered := s.request("POST", "/api/dashboards/db", `{"dashboard":{"uid":"`+uid+`","title":"`+uid+`"}}`, asAdmin)
		if answered.Code != 200 {
			s.t.Fatalf("saving %s: %d %s", uid, answered.Code, answered.Body)
		}
	}
	return s
}

// uids are the dashboards that search finds; without any, the status when that is not 200.
func (s started) uids() []string {
	answered := s.request("GET", "/api/search?type=dash-db&limit=5000", "", asAdmin)
	if answered.Code != 200 {
		return []string{http.StatusText(answered.Code)}
	}
	var hits []struct{ UID string }
	if err := json.Unmarshal(answered.Body.Bytes(), &hits); err != nil {
		s.t.Fatal(err)
	}
	found := []string{}
	for _, hit := range hits {
		found = append(found, hit.UID)
	}
	return found
}

func nobodyKnown(*http.Request)     {}
func asAdmin(request *http.Request) { request.SetBasicAuth("admin", "admin") }
func bearer(token string) func(*http.Request) {
	return func(request *http.Request) { request.Header.Set("Authorization", "Bearer "+token) }
}

func write(t *testing.T, content string, path ...string) string {
	t.Helper()
	file := filepath.Join(path...)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAPathOfReleasesKeepsOrLosesDashboardsAsGrafanaDoes(t *testing.T) {
	few, many := []string{"a", "b"}, strings.Split("a b c d e f g h i j k", " ")
	failed := []string{"Internal Server Error"}
	table := []struct {
		name    string
		path    string
		uids    []string
		refused string
		found   []string
	}{
		{"the recommended path", "9.5.21 10.4.19 11.6.16 12.4.9 13.2.3", many, "", many},
		{"the same with few dashboards", "9.5.21 10.4.19 11.6.16 12.4.9 13.2.3", few, "", few},
		{"9 to 13 at once", "9.5.20 13.1.0", few, "no such column: p.created_at", nil},
		{"10.1 to 13 at once", "10.1.10 13.2.3", nil, "no such column: p.created_at", nil},
		{"10.2 to 13 at once", "10.2.9 13.2.3", few, "", few},
		{"13 on a fresh volume", "13.2.3", few, "", few},
		{"back from 13 to 12", "12.4.9 13.2.3 12.4.9", few, "", failed},
		{"back from 13 to 12 with many", "12.4.9 13.2.3 12.4.9", many, "", failed},
		{"back from 13 to 11", "11.6.16 13.2.3 11.6.16", few, "", failed},
		{"back from a fresh 13 to 12", "13.2.3 12.4.9", few, "", failed},
		{"back within 13", "13.2.3 13.1.4", few, "", few},
		{"back from 12 to 11", "11.6.16 12.3.11 11.6.16", few, "", few},
		{"a security build", "12.4.3-security-02 12.4.3", few, "", few},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			data := t.TempDir()
			var now started
			for number, text := range strings.Fields(row.path) {
				now = start(t, data, text)
				if number == 0 {
					now.save(row.uids...)
				}
			}
			if row.refused != "" {
				if now.err == nil || !strings.Contains(now.err.Error(), row.refused) {
					t.Fatalf("started with %v, not refused with %q", now.err, row.refused)
				}
				return
			}
			if now.err != nil || !slices.Equal(now.uids(), row.found) {
				t.Errorf("error %v, found %v", now.err, now.uids())
			}
			if health := now.request("GET", "/api/health", "", nobodyKnown); health.Code != 200 {
				t.Errorf("health %d", health.Code)
			}
		})
	}
}

func TestADashboardThatWasDeletedAfterItsMoveStaysDeleted(t *testing.T) {
	data := t.TempDir()
	start(t, data, "12.3.11").save("a", "b")
	start(t, data, "12.4.9").request("DELETE", "/api/dashboards/uid/a", "", asAdmin)
	if found := start(t, data, "13.2.3").uids(); !slices.Equal(found, []string{"b"}) {
		t.Errorf("found %v", found)
	}
}

func TestAStampOfGitSyncMakesTheMoveSkipEverything(t *testing.T) {
	data := t.TempDir()
	before := start(t, data, "11.6.16").save("a")
	if _, err := before.db.Exec(`INSERT INTO kv_store (namespace, key) VALUES ('unified.dualwrite', 'x')`); err != nil {
		t.Fatal(err)
	}
	if found := start(t, data, "13.2.3").uids(); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestAReleaseRefusesSettingsThatItDroppedSupportFor(t *testing.T) {
	table := []struct{ text, entry, refused string }{
		{"10.4.19", "GF_ALERTING_ENABLED=true", ""},
		{"11.6.16", "GF_ALERTING_ENABLED=true", "Legacy Alerting is removed"},
		{"12.4.9", "GF_RENDERING_SERVER_URL=http://renderer", ""},
		{"13.2.3", "GF_RENDERING_SERVER_URL=http://renderer", "renderer_token"},
	}
	for _, row := range table {
		name, value, _ := strings.Cut(row.entry, "=")
		set, _ := readSettings(nil, func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		})
		plays, _ := parseVersion(row.text)
		err := refusedSetting(plays, set)
		if (err == nil) != (row.refused == "") || (err != nil && !strings.Contains(err.Error(), row.refused)) {
			t.Errorf("%s with %s: %v", row.text, row.entry, err)
		}
	}
}

func TestArgumentsWinOverTheEnvironmentWhichWinsOverTheFile(t *testing.T) {
	file := write(t, "[server]\nhttp_port = 1\nhttp_addr = file\n[paths]\ndata = file\n", t.TempDir(), "grafana.ini")
	set, err := readSettings([]string{"server", "--config=" + file, "cfg:server.http_port=3"}, func(name string) string {
		return map[string]string{"GF_SERVER_HTTP_PORT": "2", "GF_SERVER_HTTP_ADDR": "environment"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{set.get("server", "http_port"), set.get("server", "http_addr"), set.get("paths", "data"), set.get("security", "admin_user")}
	if want := []string{"3", "environment", "file", "admin"}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}
