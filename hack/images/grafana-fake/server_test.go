package main

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

const providerFile = `apiVersion: 1
providers:
  - name: team
    folder: Team
    type: file
    options: {path: DASHBOARDS}
`

func TestEachQuestionAsksForItsRole(t *testing.T) {
	closed := start(t, t.TempDir(), "12.4.9", "GRAFANA_FAKE_TOKEN=t").save("a")
	open := start(t, t.TempDir(), "12.4.9", "GRAFANA_FAKE_TOKEN=t", "GF_AUTH_ANONYMOUS_ENABLED=true").save("a")
	table := []struct {
		path                                    string
		nobody, anonymous, token, wrong, asUser int
	}{
		{"/api/health", 200, 200, 200, 200, 200},
		{"/metrics", 200, 200, 200, 200, 200},
		{"/api/search", 401, 200, 200, 401, 200},
		{"/api/folders", 401, 200, 200, 401, 200},
		{"/api/dashboards/uid/a", 401, 200, 200, 401, 200},
		{"/api/datasources", 401, 403, 200, 401, 200},
		{"/api/admin/stats", 401, 403, 403, 401, 200},
	}
	for _, row := range table {
		t.Run(row.path, func(t *testing.T) {
			for _, one := range []struct {
				name string
				at   started
				who  func(*http.Request)
				want int
			}{
				{"nobody", closed, nobodyKnown, row.nobody}, {"anonymous", open, nobodyKnown, row.anonymous},
				{"token", closed, bearer("t"), row.token}, {"wrong token", open, bearer("x"), row.wrong},
				{"admin", closed, asAdmin, row.asUser},
			} {
				answered := one.at.request("GET", row.path, "", one.who)
				if answered.Code != one.want {
					t.Errorf("%s: %d", one.name, answered.Code)
				}
				if answered.Header().Get("X-Grafana-Fake") != "true" {
					t.Error("does not say that it is a fake")
				}
			}
		})
	}
}

func TestProvisionedDashboardsComeAndGoWithTheirFileAndTheirProvider(t *testing.T) {
	data, provisioning, dashboards := t.TempDir(), t.TempDir(), t.TempDir()
	environment := "GF_PATHS_PROVISIONING=" + provisioning
	one := write(t, `{"uid":"one","title":"One"}`, dashboards, "one.json")
	two := write(t, `{"uid":"two","title":"Two"}`, dashboards, "two.json")
	team := write(t, strings.Replace(providerFile, "DASHBOARDS", dashboards, 1), provisioning, "dashboards", "team.yaml")
	steps := []struct {
		text  string
		gone  string
		found []string
	}{
		{"12.3.11", "", []string{"one", "two"}},
		{"12.4.9", two, []string{"one"}},
		{"13.2.3", "", []string{"one"}},
		{"13.2.3", team, []string{}},
	}
	for _, step := range steps {
		if step.gone != "" {
			if err := os.Remove(step.gone); err != nil {
				t.Fatal(err)
			}
		}
		now := start(t, data, step.text, environment)
		if now.err != nil || !slices.Equal(now.uids(), step.found) {
			t.Errorf("%s without %q: error %v, found %v", step.text, step.gone, now.err, now.uids())
		}
		folders := now.request("GET", "/api/folders", "", asAdmin)
		if !strings.Contains(folders.Body.String(), `"uid":"folder-team"`) {
			t.Errorf("%s: folders %s", step.text, folders.Body)
		}
	}
	if _, err := os.Stat(one); err != nil {
		t.Error(err)
	}
}

func TestAnOlderMajorDoesNotHealWhatItCanNotRead(t *testing.T) {
	data, provisioning, dashboards := t.TempDir(), t.TempDir(), t.TempDir()
	environment := "GF_PATHS_PROVISIONING=" + provisioning
	write(t, strings.Replace(providerFile, "DASHBOARDS", dashboards, 1), provisioning, "dashboards", "team.yaml")
	write(t, `{"uid":"one","title":"One"}`, dashboards, "one.json")
	start(t, data, "13.2.3", environment)
	back := start(t, data, "12.4.9", environment)
	if back.err == nil || !slices.Equal(back.uids(), []string{"Internal Server Error"}) {
		t.Errorf("error %v, found %v", back.err, back.uids())
	}
	if again := start(t, data, "13.2.3", environment); again.err != nil || !slices.Equal(again.uids(), []string{"one"}) {
		t.Errorf("error %v, found %v", again.err, again.uids())
	}
}

func TestADashboardOfAPersonOutlivesAnyProvider(t *testing.T) {
	data := t.TempDir()
	start(t, data, "13.2.3").save("mine")
	if found := start(t, data, "13.2.3", "GF_PATHS_PROVISIONING="+t.TempDir()).uids(); !slices.Equal(found, []string{"mine"}) {
		t.Errorf("found %v", found)
	}
}

func TestAFileThatIsNoDashboardIsToldAndStopsNoOther(t *testing.T) {
	provisioning, dashboards := t.TempDir(), t.TempDir()
	write(t, strings.Replace(providerFile, "DASHBOARDS", dashboards, 1), provisioning, "dashboards", "team.yaml")
	write(t, "{", dashboards, "broken.json")
	write(t, `{"uid":"whole","title":"Whole"}`, dashboards, "whole.json")
	now := start(t, t.TempDir(), "13.2.3", "GF_PATHS_PROVISIONING="+provisioning)
	if now.err == nil || !strings.Contains(now.err.Error(), "broken.json") || !slices.Equal(now.uids(), []string{"whole"}) {
		t.Errorf("error %v, found %v", now.err, now.uids())
	}
}

func TestProvisionedDataSourcesAreListed(t *testing.T) {
	provisioning := t.TempDir()
	write(t, "datasources: [{name: Main, uid: main, type: prometheus, url: http://x}]", provisioning, "datasources", "x.yaml")
	now := start(t, t.TempDir(), "13.2.3", "GF_PATHS_PROVISIONING="+provisioning)
	if listed := now.request("GET", "/api/datasources", "", asAdmin).Body.String(); !strings.Contains(listed, `"uid":"main"`) {
		t.Errorf("data sources %s", listed)
	}
	if health := now.request("GET", "/api/datasources/uid/main/health", "", asAdmin); health.Code != 200 {
		t.Errorf("health %d", health.Code)
	}
	if told := now.request("GET", "/metrics", "", nobodyKnown).Body.String(); !strings.Contains(told, `grafana_stat_totals_datasource{plugin_id="prometheus"} 1`) {
		t.Errorf("metrics %s", told)
	}
}

func TestAFaultShowsWhereItsNameSays(t *testing.T) {
	table := []struct {
		mode           string
		health, search int
	}{
		{"", 200, 200},
		{"health-failing-after", 503, 200},
		{"search-failing-after", 200, 500},
	}
	for _, row := range table {
		now := start(t, t.TempDir(), "12.4.9", "GRAFANA_FAKE_FAULT="+row.mode)
		health := now.request("GET", "/api/health", "", nobodyKnown).Code
		search := now.request("GET", "/api/search", "", asAdmin).Code
		if health != row.health || search != row.search {
			t.Errorf("%q: health %d, search %d", row.mode, health, search)
		}
	}
}

func TestLostDashboardsAreSeenBySearchAndNotByTheMetrics(t *testing.T) {
	data := t.TempDir()
	start(t, data, "13.2.3").save("a", "b")
	now := start(t, data, "13.2.3")
	if err := loseDashboards(now.server.objects, silent); err != nil {
		t.Fatal(err)
	}
	if found := now.uids(); len(found) != 0 {
		t.Errorf("found %v", found)
	}
	if told := now.request("GET", "/metrics", "", nobodyKnown).Body.String(); !strings.Contains(told, "grafana_stat_totals_dashboard 2") {
		t.Errorf("metrics %s", told)
	}
}
