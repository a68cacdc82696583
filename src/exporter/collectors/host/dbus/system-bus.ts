import { DBusConnection } from "./connection.ts";

/** Socket of the system's message bus. */
export const SYSTEM_BUS = "/run/dbus/system_bus_socket";

/**
 * Connects to a message bus until the signal aborts.
 *
 * @throws {Error} If that fails; it says what to do where there is none.
 */
export async function openSystemBus(path: string, signal: AbortSignal): Promise<DBusConnection> {
  try {
    return await DBusConnection.open(path, { isBus: true, signal });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ECONNREFUSED") throw error;
    const hint = "is systemd's message bus running? A host without one has no use for this collector";
    throw new Error(`${message} (${hint})`, { cause: error });
  }
}
