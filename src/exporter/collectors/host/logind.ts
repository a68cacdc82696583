import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { type DBusConnection, DBusError } from "./dbus/connection.ts";
import type { Value } from "./dbus/reader.ts";
import { openSystemBus, SYSTEM_BUS } from "./dbus/system-bus.ts";
import type { HostSource } from "./source.ts";

const SESSIONS = gauge("node_logind_sessions", "Number of sessions registered in logind.", [
  "seat",
  "remote",
  "type",
  "class",
]);

const REMOTE = ["true", "false"];
/** Of systemd 229; what later ones add is "other". */
const TYPES = ["other", "unspecified", "tty", "x11", "wayland", "mir", "web"];
const CLASSES = ["other", "user", "greeter", "lock-screen", "background"];

const DESTINATION = "org.freedesktop.login1";
const MANAGER_PATH = "/org/freedesktop/login1";

/** Places of a session in ListSessions: identifier, user's number and name, seat, object. */
const SESSION_SEAT = 3;
const SESSION_PATH = 4;

/** Sessions of users by seat and kind, from systemd-logind over D-Bus (org.freedesktop.login1(5)). */
export function logind(socket = SYSTEM_BUS): Collector<HostSource> {
  return {
    name: "logind",
    metrics: () => [SESSIONS],
    async collect({ signal }) {
      const connection = await openSystemBus(socket, signal);
      try {
        const [seats, sessions] = await Promise.all([list(connection, "ListSeats"), list(connection, "ListSessions")]);
        const kinds = await Promise.all(sessions.map((session) => sessionLabels(connection, session)));
        // Remote sessions have no seat.
        return countSamples([...seats.map((seat) => textAt(seat, 0)), ""], kinds);
      } finally {
        connection.close();
      }
    },
  };
}

/** Samples of all kinds of sessions on each seat. */
function countSamples(seats: readonly string[], sessions: readonly (string | undefined)[]): Sample[] {
  const counts = new Map<string, number>();
  for (const labels of sessions) if (labels !== undefined) counts.set(labels, (counts.get(labels) ?? 0) + 1);
  const samples: Sample[] = [];
  for (const remote of REMOTE) {
    for (const type of TYPES) {
      for (const kind of CLASSES) {
        for (const seat of seats) {
          const labels = SESSIONS.labels({ seat, remote, type, class: kind });
          samples.push(SESSIONS.sample(counts.get(labels) ?? 0, labels));
        }
      }
    }
  }
  return samples;
}

async function list(connection: DBusConnection, member: string): Promise<readonly Value[]> {
  const call = { destination: DESTINATION, path: MANAGER_PATH, interface: `${DESTINATION}.Manager`, member };
  const [list] = await connection.call(call);
  if (!Array.isArray(list)) throw new SyntaxError(`Cannot read logind's ${member}: it is no list`);
  return list;
}

function textAt(struct: Value, place: number): string {
  const text = Array.isArray(struct) ? struct[place] : undefined;
  if (typeof text !== "string")
    throw new SyntaxError("Cannot read logind's list: an entry has no text where one is due");
  return text;
}

/** Labels of a session; undefined for one that has ended meanwhile. */
async function sessionLabels(connection: DBusConnection, session: Value): Promise<string | undefined> {
  const path = textAt(session, SESSION_PATH);
  const property = async (name: string) => {
    const call = { destination: DESTINATION, path, interface: "org.freedesktop.DBus.Properties", member: "Get" };
    return (await connection.call({ ...call, arguments: [`${DESTINATION}.Session`, name] }))[0];
  };
  try {
    const [remote, type, kind] = await Promise.all([property("Remote"), property("Type"), property("Class")]);
    const known = (value: Value | undefined, all: readonly string[]) => all.find((one) => one === value) ?? "other";
    const seat = textAt(session, SESSION_SEAT);
    return SESSIONS.labels({ seat, remote: String(remote), type: known(type, TYPES), class: known(kind, CLASSES) });
  } catch (error) {
    if (error instanceof DBusError) return undefined;
    throw error;
  }
}
