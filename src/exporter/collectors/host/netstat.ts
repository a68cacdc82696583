import type { Collector } from "../../collector.ts";
import { type Metric, type Sample, unknown } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText, readTextOrAbsent } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";

const FIELDS =
  "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|" +
  "Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|" +
  "PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$";

/** Settings of {@linkcode netstat}. */
export const netstatSettings = {
  "collector.netstat.fields": regExpSetting(FIELDS, "Regexp of fields to report"),
};

const families = keptMetrics<Metric<never>>();

/** Family of a field, such as `Tcp_InSegs`. */
function fieldFamily(field: string): Metric<never> {
  return families(field, () => unknown(`node_netstat_${field}`, `Statistic ${field.replace("_", "")}.`));
}

/** Fields that the default admits on kernels of today, for the documentation. */
const USUAL_FIELDS = [
  ...["Icmp6_InErrors", "Icmp6_InMsgs", "Icmp6_OutMsgs", "Icmp_InErrors", "Icmp_InMsgs", "Icmp_OutMsgs"],
  ...["Ip6_InOctets", "Ip6_OutOctets", "IpExt_InOctets", "IpExt_OutOctets", "Ip_Forwarding"],
  ...["TcpExt_ListenDrops", "TcpExt_ListenOverflows", "TcpExt_SyncookiesFailed", "TcpExt_SyncookiesRecv"],
  ...["TcpExt_SyncookiesSent", "TcpExt_TCPOFOQueue", "TcpExt_TCPRcvQDrop", "TcpExt_TCPSynRetrans"],
  ...["TcpExt_TCPTimeouts", "Tcp_ActiveOpens", "Tcp_CurrEstab", "Tcp_InErrs", "Tcp_InSegs", "Tcp_OutRsts"],
  ...["Tcp_OutSegs", "Tcp_PassiveOpens", "Tcp_RetransSegs", "Udp6_InDatagrams", "Udp6_InErrors", "Udp6_NoPorts"],
  ...["Udp6_OutDatagrams", "Udp6_RcvbufErrors", "Udp6_SndbufErrors", "UdpLite6_InErrors", "UdpLite_InErrors"],
  ...["Udp_InDatagrams", "Udp_InErrors", "Udp_NoPorts", "Udp_OutDatagrams", "Udp_RcvbufErrors", "Udp_SndbufErrors"],
];

/** Which fields of a line are reported: their families by column, nothing for the others. */
type Columns = readonly (Metric<never> | undefined)[];

/** Statistics of the network protocols, from `net/netstat`, `net/snmp` and `net/snmp6` in procfs. */
export function netstat(settings: Settings<typeof netstatSettings>): Collector<HostSource> {
  const fields = settings["collector.netstat.fields"];
  const familyOf = (field: string) => (!fields || fields.test(field) ? fieldFamily(field) : undefined);
  const headings = new Headings(familyOf);
  return {
    name: "netstat",
    metrics: () => USUAL_FIELDS.map(fieldFamily),
    collect({ paths: { procfs } }) {
      const samples: Sample[] = [];
      for (const file of ["net/netstat", "net/snmp"]) {
        addTable(samples, new Cursor(readText(`${procfs}/${file}`), file), headings);
      }
      const text6 = readTextOrAbsent(`${procfs}/net/snmp6`); // where IPv6 is off there is none
      if (text6 !== undefined) addList(samples, new Cursor(text6, "net/snmp6"), headings);
      return samples;
    },
  };
}

/** Lines that name fields are the same at every scrape: this keeps what they mean, so that a scrape matches no regexp. */
class Headings {
  /** More than a kernel has protocols and fields; beyond it, all are looked up again. */
  static readonly #limit = 4096;
  readonly #tables = new Map<string, Columns>();
  readonly #items = new Map<string, Metric<never> | undefined>();
  readonly #familyOf: (field: string) => Metric<never> | undefined;

  constructor(familyOf: (field: string) => Metric<never> | undefined) {
    this.#familyOf = familyOf;
  }

  /** Columns under a heading such as `Tcp: InSegs OutSegs`; undefined when it is none. */
  table(heading: string): Columns | undefined {
    let columns = this.#tables.get(heading);
    if (columns) return columns;
    const [protocol = "", ...names] = heading.trimEnd().split(" ");
    if (!protocol.endsWith(":")) return undefined;
    columns = names.map((name) => this.#familyOf(`${protocol.slice(0, -1)}_${name}`));
    if (this.#tables.size >= Headings.#limit) this.#tables.clear();
    this.#tables.set(heading, columns);
    return columns;
  }

  /** Family of an item such as `Ip6InReceives`; undefined when it is not reported. */
  item(name: string): Metric<never> | undefined {
    if (this.#items.has(name)) return this.#items.get(name);
    const protocolEnd = name.indexOf("6") + 1;
    const field = `${name.slice(0, protocolEnd)}_${name.slice(protocolEnd)}`;
    const family = protocolEnd === 0 ? undefined : this.#familyOf(field);
    if (this.#items.size >= Headings.#limit) this.#items.clear();
    this.#items.set(name, family);
    return family;
  }
}

/** Samples of a text of which every two lines are a heading and its values. */
function addTable(samples: Sample[], cursor: Cursor, headings: Headings): void {
  while (cursor.nextLine()) {
    const columns = headings.table(cursor.line);
    if (!columns || !cursor.nextLine()) throw cursor.error();
    cursor.skip(1);
    for (const metric of columns) {
      const value = cursor.integer();
      if (metric) samples.push(metric.sample(value));
    }
    if (cursor.hasField()) throw cursor.error();
  }
}

/** Samples of a text of which every line is a name and a value. */
function addList(samples: Sample[], cursor: Cursor, headings: Headings): void {
  while (cursor.nextLine()) {
    const metric = headings.item(cursor.field());
    if (metric && cursor.hasField()) samples.push(metric.sample(cursor.integer()));
  }
}
