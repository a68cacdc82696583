import * as z from "zod/mini";
import { FilePath } from "../../config/fields.ts";

/** Setting of where a made file goes. */
export const OutField = {
  out: z.optional(FilePath).register(z.globalRegistry, {
    description: "Folder to write to, instead of stdout",
    placeholder: "DIR",
  }),
};
