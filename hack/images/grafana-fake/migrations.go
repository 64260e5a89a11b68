package main

import (
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // SQLite without a C compiler
)

// A migration brings the schema forward; there is none that goes back.
type migration struct {
	name    string
	since   version // the first release that knows it
	until   version // the first release that knows it no more
	do      string
	through func(*sql.Tx, *slog.Logger) error
}

var (
	always = version{}
	never  = version{major: 1 << 20}
)

func release(major, minor int) version { return version{major: major, minor: minor} }

// Only what an updater can meet is told apart; the names are not Grafana's own. Sources: Grafana's upgrade guides of
// 12.0 and 13.0, pkg/storage/unified/migrations/README.md, and grafana/grafana issues 128739, 115619 and 122875.
var migrations = []migration{
	{"create tables", always, never, baseTables, nil},
	{"create playlist table", always, release(13, 0), `CREATE TABLE IF NOT EXISTS playlist
		(id INTEGER PRIMARY KEY, uid TEXT, name TEXT)`, nil},
	{"create playlist table of 13", release(13, 0), never, `CREATE TABLE IF NOT EXISTS playlist
		(id INTEGER PRIMARY KEY, uid TEXT, name TEXT, created_at INTEGER, updated_at INTEGER)`, nil},
	{"add playlist times", release(10, 2), release(13, 0), "", addPlaylistTimes},
	{"add annotation dashboard_uid", release(12, 0), never, `ALTER TABLE annotation ADD COLUMN dashboard_uid TEXT`, nil},
	{"create unified storage", release(12, 0), never, unifiedTables, nil},
	{"move playlists", release(12, 4), never, movePlaylists, nil},
	{"move dashboards of a small instance", release(12, 4), release(13, 0), "", moveSmallInstance},
	{"move dashboards", release(13, 0), never, "", moveAll},
}

const baseTables = `
	CREATE TABLE dashboard (uid TEXT PRIMARY KEY, title TEXT, data TEXT, folder_uid TEXT, is_folder INTEGER);
	CREATE TABLE dashboard_provisioning (dashboard_uid TEXT PRIMARY KEY, name TEXT, external_id TEXT);
	CREATE TABLE data_source (uid TEXT PRIMARY KEY, name TEXT, type TEXT, url TEXT);
	CREATE TABLE alert (id INTEGER PRIMARY KEY, name TEXT);
	CREATE TABLE alert_rule (id INTEGER PRIMARY KEY, uid TEXT, title TEXT);
	CREATE TABLE annotation (id INTEGER PRIMARY KEY, dashboard_id INTEGER, text TEXT);
	CREATE TABLE kv_store (id INTEGER PRIMARY KEY, namespace TEXT, key TEXT, value TEXT);
	CREATE TABLE org (id INTEGER PRIMARY KEY, name TEXT);
	CREATE TABLE user (id INTEGER PRIMARY KEY, login TEXT);
	INSERT INTO org (name) VALUES ('Main Org.');
	INSERT INTO user (login) VALUES ('admin')`

// addPlaylistTimes finds its columns already on a database that 13 made.
func addPlaylistTimes(transaction *sql.Tx, _ *slog.Logger) error {
	there := 0
	found := transaction.QueryRow(`SELECT COUNT(*) FROM pragma_table_info('playlist') WHERE name = 'created_at'`)
	if err := found.Scan(&there); err != nil || there > 0 {
		return err
	}
	_, err := transaction.Exec(`ALTER TABLE playlist ADD COLUMN created_at INTEGER;
		ALTER TABLE playlist ADD COLUMN updated_at INTEGER`)
	return err
}

func openDatabase(set settings) (*sql.DB, error) {
	path := filepath.Join(set.get("paths", "data"), "grafana.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS migration_log
		(id INTEGER PRIMARY KEY, migration_id TEXT UNIQUE, success INTEGER, timestamp TEXT)`); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return db, nil
}

// migrate runs what this release knows and the database has not had; rows that it does not know are left alone.
func migrate(db *sql.DB, plays version, pause time.Duration, log *slog.Logger) error {
	pending, err := pendingMigrations(db, plays)
	if err != nil {
		return err
	}
	for number, step := range pending {
		log.Info("Migration progress", "count", number+1, "of", len(pending), "id", step.name)
		time.Sleep(pause / time.Duration(len(pending)))
		if err := step.run(db, log); err != nil {
			return fmt.Errorf("Executing migration failed: migration failed (id = %s): %w", step.name, err)
		}
	}
	log.Info("migrations completed", "performed", len(pending))
	return nil
}

func pendingMigrations(db *sql.DB, plays version) ([]migration, error) {
	var pending []migration
	for _, step := range migrations {
		if !plays.atLeast(step.since.major, step.since.minor) || plays.atLeast(step.until.major, step.until.minor) {
			continue
		}
		done := 0
		found := db.QueryRow(`SELECT COUNT(*) FROM migration_log WHERE migration_id = ?`, step.name)
		if err := found.Scan(&done); err != nil {
			return nil, err
		}
		if done == 0 {
			pending = append(pending, step)
		}
	}
	return pending, nil
}

func (m migration) run(db *sql.DB, log *slog.Logger) error {
	transaction, err := db.Begin()
	if err != nil {
		return err
	}
	defer transaction.Rollback()
	if _, err := transaction.Exec(m.do); err != nil {
		return err
	}
	if m.through != nil {
		if err := m.through(transaction, log); err != nil {
			return err
		}
	}
	now := time.Now().UTC().Format(time.RFC3339)
	if _, err := transaction.Exec(`INSERT INTO migration_log (migration_id, success, timestamp) VALUES (?, 1, ?)`, m.name, now); err != nil {
		return err
	}
	return transaction.Commit()
}
