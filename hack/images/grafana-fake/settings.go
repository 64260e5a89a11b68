package main

import (
	"fmt"
	"os"
	"strings"

	"gopkg.in/ini.v1"
)

var defaults = map[string]string{
	"paths.data":              "/var/lib/grafana",
	"paths.provisioning":      "/etc/grafana/provisioning",
	"server.http_port":        "3000",
	"security.admin_user":     "admin",
	"security.admin_password": "admin",
}

// settings answers Grafana's configuration; arguments win over the environment, which wins over the file.
type settings struct {
	arguments map[string]string
	getenv    func(string) string
	file      *ini.File
}

func readSettings(arguments []string, getenv func(string) string) (settings, error) {
	path := getenv("GF_PATHS_CONFIG")
	given := map[string]string{}
	for _, argument := range arguments {
		if named, found := strings.CutPrefix(argument, "--config="); found {
			path = named
		}
		key, value, found := strings.Cut(strings.TrimPrefix(argument, "cfg:"), "=")
		if found && strings.HasPrefix(argument, "cfg:") {
			given[key] = value
		}
	}
	file := ini.Empty()
	if _, err := os.Stat(path); path != "" && err == nil {
		if file, err = ini.Load(path); err != nil {
			return settings{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	return settings{arguments: given, getenv: getenv, file: file}, nil
}

func (s settings) get(section, key string) string {
	name := section + "." + key
	if value, found := s.arguments[name]; found {
		return value
	}
	variable := "GF_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(section+"_"+key))
	if value := s.getenv(variable); value != "" {
		return value
	}
	if value := s.file.Section(section).Key(key).String(); value != "" {
		return value
	}
	return defaults[name]
}
