import { type DBusConnection, DBusError } from "./dbus/connection.ts";
import type { Value } from "./dbus/reader.ts";

/** A unit as systemd lists it. */
export interface Unit {
  readonly name: string;
  /** Part of the name after its last dot, such as `service`. */
  readonly kind: string;
  readonly isLoaded: boolean;
  readonly activeState: string;
  /** Its object on the bus. */
  readonly path: string;
}

const DESTINATION = "org.freedesktop.systemd1";
const MANAGER_PATH = "/org/freedesktop/systemd1";
const MANAGER = "org.freedesktop.systemd1.Manager";

/** Systemd's manager, asked over a connection. */
export class Systemd {
  readonly #connection: DBusConnection;

  constructor(connection: DBusConnection) {
    this.#connection = connection;
  }

  /** A property of the manager; undefined when it has none of the name. */
  async managerText(name: string): Promise<string | undefined> {
    const value = await this.#propertyIfAny(MANAGER_PATH, MANAGER, name);
    return typeof value === "string" ? value : undefined;
  }

  /** State of the whole system, such as `running` or `degraded`. */
  async systemState(): Promise<string> {
    const value = await this.#property(MANAGER_PATH, MANAGER, "SystemState");
    if (typeof value !== "string") throw new SyntaxError("Cannot read systemd's state: it is no text");
    return value;
  }

  /** All units that systemd has in memory. */
  async listUnits(): Promise<Unit[]> {
    const call = { destination: DESTINATION, path: MANAGER_PATH, interface: MANAGER, member: "ListUnits" };
    const [list] = await this.#connection.call(call);
    if (!Array.isArray(list)) throw new SyntaxError("Cannot read systemd's list of units: it is no list");
    return list.map(toUnit);
  }

  /** Text in a unit's property; undefined when it has none of the name. `kind` is the interface, such as `Service`. */
  async text(unit: Unit, kind: string, name: string): Promise<string | undefined> {
    const value = await this.#unitProperty(unit, kind, name);
    return typeof value === "string" ? value : undefined;
  }

  /** Number in a unit's property; undefined when it has none of the name, or systemd says that there is no number. */
  async number(unit: Unit, kind: string, name: string): Promise<number | undefined> {
    const value = await this.#unitProperty(unit, kind, name);
    if (typeof value === "number") return value;
    return typeof value === "bigint" && value !== NO_NUMBER ? Number(value) : undefined;
  }

  #unitProperty({ path }: Unit, kind: string, name: string): Promise<Value | undefined> {
    return this.#propertyIfAny(path, `${DESTINATION}.${kind}`, name);
  }

  async #propertyIfAny(path: string, kind: string, name: string): Promise<Value | undefined> {
    try {
      return await this.#property(path, kind, name);
    } catch (error) {
      // A unit that has gone meanwhile, or a property that this systemd does not know.
      if (error instanceof DBusError) return undefined;
      throw error;
    }
  }

  async #property(path: string, kind: string, name: string): Promise<Value | undefined> {
    const [value] = await this.#connection.call({
      destination: DESTINATION,
      path,
      interface: "org.freedesktop.DBus.Properties",
      member: "Get",
      arguments: [kind, name],
    });
    return value;
  }
}

/** What systemd says for infinity and for what it does not know. */
const NO_NUMBER = 2n ** 64n - 1n;

/** Members of a unit's struct: name, description, load, active and sub state, following, path, and three of its job. */
function toUnit(value: Value): Unit {
  const [name, , loadState, activeState, , , path] = Array.isArray(value) ? value : [];
  if (typeof name !== "string" || typeof activeState !== "string" || typeof path !== "string") {
    throw new SyntaxError("Cannot read systemd's list of units: a unit has no name, state or path");
  }
  const kind = name.slice(name.lastIndexOf(".") + 1);
  return { name, kind, isLoaded: loadState === "loaded", activeState, path };
}
