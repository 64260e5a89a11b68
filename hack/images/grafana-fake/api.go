package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

const (
	commit      = "fa4efa4efa4efa4efa4efa4efa4efa4efa4efa4e"
	searchLimit = 1000
)

var notInSlug = regexp.MustCompile(`[^a-z0-9]+`)

func slug(title string) string {
	return strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(title), "-"), "-")
}

func (s *server) health(*http.Request) (int, any) {
	body := map[string]string{"database": "ok"}
	if s.set.get("auth.anonymous", "hide_version") != "true" {
		body["version"], body["commit"] = s.objects.plays.text, commit
	}
	if _, err := s.objects.count("migration_log"); err != nil || s.fault.has("health-failing-after") {
		body["database"] = "failing"
		return http.StatusServiceUnavailable, body
	}
	return http.StatusOK, body
}

// search knows the parameters type (dash-db or dash-folder), query (a part of the title) and limit.
func (s *server) search(request *http.Request) (int, any) {
	if s.fault.has("search-failing-after") {
		return http.StatusInternalServerError, message("Search failed")
	}
	all, err := s.objects.list()
	if err != nil {
		return s.failed("Search failed", err)
	}
	titles := map[string]string{}
	for _, one := range all {
		if one.IsFolder {
			titles[one.UID] = one.Title
		}
	}
	wanted := request.URL.Query()
	limit, err := strconv.Atoi(wanted.Get("limit"))
	if err != nil || limit <= 0 {
		limit = searchLimit
	}
	hits := []map[string]any{}
	for number, one := range all {
		hit := searchHit(number+1, one, titles[one.FolderUID])
		kind, part := wanted.Get("type"), strings.ToLower(wanted.Get("query"))
		if (kind == "" || kind == hit["type"]) && strings.Contains(strings.ToLower(one.Title), part) && len(hits) < limit {
			hits = append(hits, hit)
		}
	}
	return http.StatusOK, hits
}

func searchHit(id int, one object, folderTitle string) map[string]any {
	hit := map[string]any{
		"id": id, "uid": one.UID, "title": one.Title, "uri": "db/" + slug(one.Title), "type": "dash-db",
		"url": "/d/" + one.UID + "/" + slug(one.Title), "slug": "", "tags": []string{}, "isStarred": false,
	}
	if one.IsFolder {
		hit["type"], hit["url"] = "dash-folder", "/dashboards/f/"+one.UID+"/"+slug(one.Title)
	}
	if one.FolderUID != "" {
		hit["folderUid"], hit["folderTitle"] = one.FolderUID, folderTitle
	}
	return hit
}

func (s *server) folders(*http.Request) (int, any) {
	all, err := s.objects.list()
	if err != nil {
		return s.failed("Failed to get folders", err)
	}
	found := []map[string]any{}
	for number, one := range all {
		if one.IsFolder {
			found = append(found, map[string]any{"id": number + 1, "uid": one.UID, "title": one.Title})
		}
	}
	return http.StatusOK, found
}

func (s *server) dashboard(request *http.Request) (int, any) {
	all, err := s.objects.list()
	if err != nil {
		return s.failed("Failed to get dashboard", err)
	}
	for _, one := range all {
		if one.UID == request.PathValue("uid") && !one.IsFolder {
			meta := map[string]any{"folderUid": one.FolderUID, "slug": slug(one.Title)}
			return http.StatusOK, map[string]any{"meta": meta, "dashboard": json.RawMessage(one.Data)}
		}
	}
	return http.StatusNotFound, message("Dashboard not found")
}

func (s *server) saveDashboard(request *http.Request) (int, any) {
	var given struct {
		Dashboard json.RawMessage `json:"dashboard"`
		FolderUID string          `json:"folderUid"`
	}
	var named struct{ UID, Title string }
	if err := json.NewDecoder(request.Body).Decode(&given); err != nil {
		return http.StatusBadRequest, message("bad request data")
	}
	if err := json.Unmarshal(given.Dashboard, &named); err != nil || named.Title == "" {
		return http.StatusBadRequest, message("Dashboard title cannot be empty")
	}
	if named.UID == "" {
		named.UID = slug(named.Title)
	}
	made := object{UID: named.UID, Title: named.Title, Data: string(given.Dashboard), FolderUID: given.FolderUID}
	if err := s.objects.save(made); err != nil {
		return s.failed("Failed to save dashboard", err)
	}
	return http.StatusOK, map[string]any{"status": "success", "uid": named.UID, "slug": slug(named.Title)}
}

func (s *server) deleteDashboard(request *http.Request) (int, any) {
	removed, err := s.objects.removeDashboards(request.PathValue("uid"))
	switch {
	case err != nil:
		return s.failed("Failed to delete dashboard", err)
	case len(removed) == 0:
		return http.StatusNotFound, message("Dashboard not found")
	}
	return http.StatusOK, message("Dashboard " + removed[0] + " deleted")
}

func (s *server) dataSources(*http.Request) (int, any) {
	found, err := s.objects.dataSources()
	if err != nil {
		return s.failed("Failed to query datasources", err)
	}
	return http.StatusOK, found
}

func (s *server) dataSourceHealth(request *http.Request) (int, any) {
	found, err := s.objects.dataSources()
	if err != nil {
		return s.failed("Failed to query datasources", err)
	}
	for _, one := range found {
		if one.UID == request.PathValue("uid") {
			return http.StatusOK, map[string]string{"status": "OK", "message": "not asked: this is a fake"}
		}
	}
	return http.StatusNotFound, message("Data source not found")
}

func (s *server) stats(*http.Request) (int, any) {
	all, err := s.objects.list()
	if err != nil {
		return s.failed("Failed to get admin stats from database", err)
	}
	numbers := map[string]int{"dashboards": 0, "folders": 0}
	for _, one := range all {
		if one.IsFolder {
			numbers["folders"]++
		} else {
			numbers["dashboards"]++
		}
	}
	for name, table := range countedTables {
		if numbers[name], err = s.objects.count(table); err != nil {
			return s.failed("Failed to get admin stats from database", err)
		}
	}
	return http.StatusOK, numbers
}

func (s *server) failed(text string, err error) (int, any) {
	s.log.Error(text, "error", err)
	return http.StatusInternalServerError, message(text)
}
