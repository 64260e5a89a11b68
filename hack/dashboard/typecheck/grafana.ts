// What Grafana's own types say of a dashboard, tightened: the options of each panel type instead of "any record".
import type { AnnotationQuery, Dashboard, DataQuery, FieldConfig, GraphFieldConfig, Panel, RowPanel } from "@grafana/schema";
import type { Options as BarGauge } from "@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen";
import type { Options as Gauge } from "@grafana/schema/dist/esm/raw/composable/gauge/panelcfg/x/GaugePanelCfg_types.gen";
import type { Options as Stat } from "@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen";
import type { FieldConfig as BandField, Options as Timeline } from "@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen";
import type { FieldConfig as CellField, Options as History } from "@grafana/schema/dist/esm/raw/composable/statushistory/panelcfg/x/StatusHistoryPanelCfg_types.gen";
import type { FieldConfig as TableField, Options as Table } from "@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen";
import type { Options as TimeSeries } from "@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen";

// JSON has an enum's value where TypeScript wants the enum's member.
type Json<T> = T extends string
  ? `${T}`
  : T extends (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;

interface PrometheusQuery extends DataQuery {
  expr: string;
  interval?: string;
}

interface PanelQuery extends PrometheusQuery {
  editorMode: "code" | "builder";
  format: "time_series" | "table" | "heatmap";
  instant: boolean;
  range: boolean;
  legendFormat: string;
}

// Read by the Prometheus data source from the annotation itself; its types are in no published package.
interface PrometheusAnnotation extends AnnotationQuery<PrometheusQuery> {
  useValueForTime?: boolean;
  titleFormat?: string;
  textFormat?: string;
  tagKeys?: string;
}

interface Fields<Custom> {
  defaults: Omit<FieldConfig, "custom"> & { custom?: Custom };
  overrides: NonNullable<Panel["fieldConfig"]>["overrides"];
}

type PanelOf<Type extends string, Options, Custom = never> = Omit<Panel, "type" | "options" | "targets" | "fieldConfig"> & {
  type: Type;
  // A panel fills in what is left out.
  options: Partial<Options>;
  targets: PanelQuery[];
  fieldConfig: Fields<Custom>;
};

type AnyPanel =
  | PanelOf<"bargauge", BarGauge>
  | PanelOf<"gauge", Gauge>
  | PanelOf<"stat", Stat>
  | PanelOf<"state-timeline", Timeline, BandField>
  | PanelOf<"status-history", History, CellField>
  | PanelOf<"table", Table, TableField>
  | PanelOf<"timeseries", TimeSeries, GraphFieldConfig>;

type AnyRow = Omit<RowPanel, "panels" | "type"> & { type: "row"; panels: AnyPanel[] };

export type Board = Json<
  Omit<Dashboard, "annotations" | "panels"> & {
    annotations: { list: PrometheusAnnotation[] };
    panels: (AnyPanel | AnyRow)[];
  }
>;
