package main

import (
	"database/sql"
	"fmt"
	"log/slog"
)

// Unified storage: the tables into which releases from 12.4 on move their objects, and out of which an older release
// can not read them.
const (
	unifiedTables = `
	CREATE TABLE resource
		(kind TEXT, name TEXT, title TEXT, value TEXT, folder TEXT, api_version TEXT, PRIMARY KEY (kind, name));
	CREATE TABLE unifiedstorage_migration_log (id INTEGER PRIMARY KEY, migration_id TEXT)`

	movePlaylists = `
	INSERT INTO resource (kind, name, title, value, folder, api_version)
		SELECT 'playlists', p.uid, p.name, '', p.created_at, 'playlist.grafana.app/v1' FROM playlist AS p;
	INSERT INTO unifiedstorage_migration_log (migration_id) VALUES ('playlists')`

	moveDashboards = `
	INSERT OR IGNORE INTO resource (kind, name, title, value, folder, api_version)
		SELECT CASE is_folder WHEN 1 THEN 'folders' ELSE 'dashboards' END, uid, title, data, folder_uid, ''
		FROM dashboard;
	INSERT INTO unifiedstorage_migration_log (migration_id) VALUES ('dashboards')`

	stampAll = `UPDATE resource SET api_version = ? WHERE kind IN ('dashboards', 'folders')`

	apiVersion12 = "dashboard.grafana.app/v1"
	apiVersion13 = "dashboard.grafana.app/v2"

	// Source: grafana/grafana issue 115619.
	smallInstance = 10
)

// moveSmallInstance is what 12.4 does by itself when there are few dashboards. The old tables stay.
func moveSmallInstance(transaction *sql.Tx, log *slog.Logger) error {
	moved, dashboards := 0, 0
	found := transaction.QueryRow(`SELECT COUNT(*) FROM unifiedstorage_migration_log WHERE migration_id = 'dashboards'`)
	if err := found.Scan(&moved); err != nil || moved > 0 {
		return err
	}
	counted := transaction.QueryRow(`SELECT COUNT(*) FROM dashboard WHERE is_folder = 0`)
	if err := counted.Scan(&dashboards); err != nil {
		return err
	}
	if dashboards > smallInstance {
		return nil
	}
	return move(transaction, apiVersion12, log)
}

// moveAll moves everything and renames the old table, so that no older release writes there.
func moveAll(transaction *sql.Tx, log *slog.Logger) error {
	stamped, moved := 0, 0
	found := transaction.QueryRow(`SELECT (SELECT COUNT(*) FROM kv_store WHERE namespace = 'unified.dualwrite'),
		(SELECT COUNT(*) FROM unifiedstorage_migration_log WHERE migration_id = 'dashboards')`)
	if err := found.Scan(&stamped, &moved); err != nil {
		return err
	}
	if stamped > 0 {
		// Source: grafana/grafana issue 123616: what a trial of Git Sync left makes the server skip the move.
		log.Warn("unified storage is stamped as migrated; skipping the data migration", "rows", stamped)
	} else if moved == 0 {
		if err := move(transaction, apiVersion13, log); err != nil {
			return err
		}
	}
	if _, err := transaction.Exec(stampAll, apiVersion13); err != nil {
		return err
	}
	_, err := transaction.Exec(`ALTER TABLE dashboard RENAME TO dashboard_legacy`)
	return err
}

func move(transaction *sql.Tx, written string, log *slog.Logger) error {
	if _, err := transaction.Exec(moveDashboards); err != nil {
		return err
	}
	if _, err := transaction.Exec(stampAll, written); err != nil {
		return err
	}
	legacy, unified := 0, 0
	counts := transaction.QueryRow(`SELECT (SELECT COUNT(*) FROM dashboard),
		(SELECT COUNT(*) FROM resource WHERE kind IN ('dashboards', 'folders'))`)
	if err := counts.Scan(&legacy, &unified); err != nil {
		return err
	}
	log.Info(fmt.Sprintf("Count validation legacy_count=%d unified_count=%d rejected=0", legacy, unified))
	return nil
}
