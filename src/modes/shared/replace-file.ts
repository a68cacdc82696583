import { basename, dirname, join } from "node:path";
import process from "node:process";

/**
 * Puts a file in place of another in one step: who reads sees the whole old one or the whole new one, also after a power
 * cut. Rejects with the system's error, and then leaves nothing behind.
 *
 * @param mode Permission bits.
 */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const { chmod, mkdir, open, rename, unlink } = await import("node:fs/promises"); // here, because no start needs it
  // Its ending keeps it out of globs such as *.json.
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(temporary, mode); // the umask has no say
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}
