import { z } from "zod";
import { FilePath } from "../../config/fields.ts";

/** Setting of where a made file goes. */
export const OutField = {
  out: FilePath.optional().register(z.globalRegistry, {
    description: "Folder to write to, instead of stdout",
    placeholder: "DIR",
  }),
};
