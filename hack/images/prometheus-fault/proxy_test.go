package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// behind is what the proxy stands before.
var behind = http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
	answer(writer, http.StatusOK, "real "+request.URL.Path)
})

func TestAFaultConcernsOnlyItsQuestionsAndItsTime(t *testing.T) {
	past, future := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	table := []struct {
		mode   string
		begins time.Time
		path   string
		status int
		body   string
	}{
		{"healthy", past, "/api/v1/targets", 200, "real"},
		{"never-ready", future, "/-/ready", 503, "Service Unavailable"},
		{"never-ready", future, "/-/healthy", 200, "real"},
		{"api-errors-after", future, "/api/v1/query", 200, "real"},
		{"api-errors-after", past, "/api/v1/query", 503, "unavailable"},
		{"api-errors-after", past, "/-/ready", 200, "real"},
		{"targets-lost-after", future, "/api/v1/targets", 200, "real"},
		{"targets-lost-after", past, "/api/v1/targets", 200, `"activeTargets":[]`},
		{"targets-lost-after", past, "/api/v1/query", 200, `"result":[]`},
		{"targets-lost-after", past, "/api/v1/status/config", 200, "real"},
	}
	for _, row := range table {
		t.Run(row.mode+row.path, func(t *testing.T) {
			answered := httptest.NewRecorder()
			asked := httptest.NewRequest(http.MethodGet, row.path, nil)
			(&proxy{fault{Mode: row.mode}, row.begins, behind}).ServeHTTP(answered, asked)
			if answered.Code != row.status || !strings.Contains(answered.Body.String(), row.body) {
				t.Errorf("answered %d %s", answered.Code, answered.Body)
			}
		})
	}
}

func TestBuildInformationTellsTheChosenVersion(t *testing.T) {
	chosen := fault{Version: "3.13.3", BuiltVersion: "3.13.2"}
	for path, want := range map[string]string{
		"/api/v1/status/buildinfo": `{"version":"3.13.3"}`,
		"/metrics":                 `{"version":"3.13.3"}`,
		"/api/v1/query":            `{"version":"3.13.2"}`,
	} {
		recorded := httptest.NewRecorder()
		answer(recorded, http.StatusOK, `{"version":"3.13.2"}`)
		response := recorded.Result()
		response.Request = httptest.NewRequest(http.MethodGet, path, nil)
		if err := tellVersion(chosen, response); err != nil {
			t.Fatal(err)
		}
		body := make([]byte, 64)
		length, _ := response.Body.Read(body)
		if string(body[:length]) != want {
			t.Errorf("%s answered %s", path, body[:length])
		}
	}
}

func TestTheListenAddressIsTakenOutOfTheArguments(t *testing.T) {
	table := []struct {
		arguments []string
		address   string
		rest      []string
	}{
		{[]string{"--config.file=x"}, "0.0.0.0:9090", []string{"--config.file=x"}},
		{[]string{"--web.listen-address=:1", "--a"}, ":1", []string{"--a"}},
		{[]string{"--a", "--web.listen-address", ":1"}, ":1", []string{"--a"}},
	}
	for _, row := range table {
		address, rest := listenAddress(row.arguments)
		if address != row.address || !slices.Equal(rest, row.rest) {
			t.Errorf("%v: %s %v", row.arguments, address, rest)
		}
	}
}
