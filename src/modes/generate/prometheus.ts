/** What a scrape configuration is made for. */
export interface PrometheusOptions {
  /** Where tsmon discover answers, as `host:port`. */
  readonly discover: string;
  /** Only the entries of `scrape_configs`. */
  readonly isSnippet: boolean;
}

/** A scrape configuration for Prometheus 2 and 3 that scrapes whatever tsmon discover lists. */
export function prometheusConfig({ discover, isSnippet }: PrometheusOptions): string {
  const jobs = JOBS.replaceAll("HOST:PORT", discover);
  return isSnippet ? jobs : `${HEAD}\nscrape_configs:\n${jobs}`;
}

const HEAD = `# Scrapes whatever tsmon discover lists. Made by: tsmon generate prometheus
global:
  scrape_interval: 15s
`;

const JOBS = `  - job_name: tsmon
    http_sd_configs:
      - url: http://HOST:PORT/sd
        refresh_interval: 15s
    relabel_configs:
      # Labels that an agent gives its exporters, but for those by which it would pass for another or lead elsewhere.
      - regex: __meta_tsmon_label_(job|instance|node|tags)
        action: labeldrop
      - regex: __meta_tsmon_label_(_?[a-zA-Z].*)
        action: labelmap
      # A job for each exporter of the agents: tsmon, postgres, …
      - source_labels: [__meta_tsmon_exporter]
        regex: (.+)
        target_label: job
      # Their instance is the node's full name. Plain ports keep host:port, for a node may have several.
      - source_labels: [__meta_tsmon_exporter, __meta_tailscale_dns_name]
        regex: .+;(.+)
        target_label: instance
      # The node as in the labels peer and node of the agents' own metrics.
      - source_labels: [__meta_tsmon_node]
        target_label: node
      - source_labels: [__meta_tsmon_tags]
        target_label: tags
    metric_relabel_configs:
      # tailscale_node_info says the same of the node and its tags as the target does. What others call so is their own.
      - source_labels: [__name__]
        regex: tailscale_node_info
        target_label: exported_node
        replacement: ""
      - source_labels: [__name__]
        regex: tailscale_node_info
        target_label: exported_tags
        replacement: ""
  - job_name: tsmon-discover
    static_configs:
      - targets: ["HOST:PORT"]
`;
