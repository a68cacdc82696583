import * as z from "zod/mini";
import type { Collector } from "../../collector.ts";
import { gauge, type Sample, unknown } from "../../metric.ts";
import { filled } from "./filled.ts";
import { fields } from "./parse.ts";
import type { Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { attribute, integer } from "./sysfs.ts";

const ParameterSetting = z.pipe(
  z.string(),
  z.transform((text, context): Parameter => {
    try {
      return parameter(text);
    } catch (error) {
      const message = `cannot be reported: ${(error as Error).message}`;
      context.issues.push({ code: "custom", message, input: text });
      return z.NEVER;
    }
  }),
);

const namesSetting = (description: string) => {
  return z.prefault(z.array(ParameterSetting), []).register(z.globalRegistry, { description, placeholder: "NAME" });
};

/** Settings of {@linkcode sysctl}. */
export const sysctlSettings = {
  "collector.sysctl.include": namesSetting(
    "Kernel parameter to report, such as kernel.threads-max; a flag or the file may also name its fields: fs.file-nr:total,current,max",
  ),
  "collector.sysctl.include-info": namesSetting("Kernel parameter to report as text, such as kernel.random.boot_id"),
};

const INFO = gauge("node_sysctl_info", "sysctl info", ["name", "value", "index"]);

/** Kernel parameters that are asked for (sysctl(8)), from `sys` in procfs. */
export function sysctl(settings: Settings<typeof sysctlSettings>): Collector<HostSource> {
  const numbers = settings["collector.sysctl.include"];
  const texts = settings["collector.sysctl.include-info"];
  return {
    name: "sysctl",
    metrics: () => [...numbers.flatMap(({ metrics }) => metrics), INFO],
    collect({ paths }) {
      const values = ({ name, keys }: Parameter) => valuesOf(`${paths.procfs}/sys/${name.replaceAll(".", "/")}`, keys);
      return filled((samples) => {
        for (const number of numbers) samples.push(...numberSamples(number, values(number)));
        for (const text of texts) samples.push(...textSamples(text, values(text)));
      });
    },
  };
}

type Parameter = ReturnType<typeof parameter>;

/**
 * A parameter as a setting names it: with a family for each of its fields, or else for one field and for several.
 *
 * @throws {RangeError} If a name makes no family.
 */
function parameter(setting: string) {
  const colon = setting.indexOf(":");
  const name = colon < 0 ? setting : setting.slice(0, colon);
  const keys = colon < 0 ? [] : setting.slice(colon + 1).split(",");
  const family = `node_sysctl_${name.replace(/_*[^0-9A-Za-z_]+_*/g, "_")}`;
  const single = unknown(family, `sysctl ${name}`);
  const indexed = unknown(family, `sysctl ${name}`, ["index"]);
  const mapped = keys.map((key, i) => unknown(`${family}_${key}`, `sysctl ${name}, field ${i}`));
  const metrics = keys.length > 0 ? mapped : [single, indexed];
  for (const { problem } of metrics) if (problem !== undefined) throw new RangeError(problem);
  return { name, keys, single, indexed, mapped, metrics };
}

/** Fields of a parameter, as many as it has keys where it has any. */
function valuesOf(path: string, keys: readonly string[]): string[] {
  const values = fields(attribute(path));
  if (values.length === 0) throw new SyntaxError(`Cannot use ${path}: it is empty`);
  if (keys.length > 0 && (values.length === 1 || values.length !== keys.length)) {
    throw new RangeError(
      `Cannot name the fields of ${path}: it has ${values.length}, but the names are ${keys.join()}`,
    );
  }
  return values;
}

function numberSamples({ name, keys, single, indexed, mapped }: Parameter, values: readonly string[]): Sample[] {
  return values.map((text, i) => {
    const value = integer(text, name);
    if (keys.length > 0) return mapped[i]!.sample(value);
    return values.length === 1 ? single.sample(value) : indexed.sample(value, { index: String(i) });
  });
}

function textSamples({ name, keys }: Parameter, values: readonly string[]): Sample[] {
  if (keys.length > 0) throw new RangeError(`Cannot name the fields of ${name}: it is reported as text`);
  return values.map((value, i) => INFO.sample(1, { name, value, index: String(i) }));
}
