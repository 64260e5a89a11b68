package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	noTargets = `{"status":"success","data":{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}}`
	noSeries  = `{"status":"success","data":{"resultType":"vector","result":[]}}`
	failing   = `{"status":"error","errorType":"unavailable","error":"the storage does not answer"}`
)

// A proxy passes requests on to the real server, except for the ones that the fault concerns.
type proxy struct {
	fault  fault
	begins time.Time
	next   http.Handler
}

func newProxy(chosen fault, begins time.Time) *proxy {
	target := &url.URL{Scheme: "http", Host: realAddress}
	next := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(target)
			request.Out.Host = request.In.Host
			// An answer that is to be rewritten must not arrive compressed.
			if tellsVersion(request.In.URL.Path) {
				request.Out.Header.Set("Accept-Encoding", "identity")
			}
		},
		ModifyResponse: func(response *http.Response) error { return tellVersion(chosen, response) },
	}
	return &proxy{fault: chosen, begins: begins, next: next}
}

func (p *proxy) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	path, broken := request.URL.Path, !time.Now().Before(p.begins)
	switch {
	case p.fault.Mode == "never-ready" && strings.HasSuffix(path, "/-/ready"):
		answer(writer, http.StatusServiceUnavailable, "Service Unavailable")
	case p.fault.Mode == "api-errors-after" && broken && strings.Contains(path, "/api/v1/"):
		answer(writer, http.StatusServiceUnavailable, failing)
	case p.fault.Mode == "targets-lost-after" && broken && strings.HasSuffix(path, "/api/v1/targets"):
		answer(writer, http.StatusOK, noTargets)
	case p.fault.Mode == "targets-lost-after" && broken && strings.HasSuffix(path, "/api/v1/query"):
		answer(writer, http.StatusOK, noSeries)
	default:
		p.next.ServeHTTP(writer, request)
	}
}

func answer(writer http.ResponseWriter, status int, body string) {
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_, _ = io.WriteString(writer, body)
}

func tellsVersion(path string) bool {
	return strings.HasSuffix(path, "/metrics") || strings.HasSuffix(path, "/status/buildinfo")
}

// tellVersion puts the chosen version in place of the built one; both stand between quotes where they are told.
func tellVersion(chosen fault, response *http.Response) error {
	if chosen.Version == "" || !tellsVersion(response.Request.URL.Path) {
		return nil
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	body = bytes.ReplaceAll(body, []byte(`"`+chosen.BuiltVersion+`"`), []byte(`"`+chosen.Version+`"`))
	response.Body = io.NopCloser(bytes.NewReader(body))
	response.ContentLength = int64(len(body))
	response.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}
