import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { Incomplete } from "../../../../../src/exporter/collector.ts";
import { glob } from "../../../../../src/exporter/collectors/host/glob.ts";
import { readTextFile } from "../../../../../src/exporter/collectors/host/text-file.ts";
import { textfile, textfileSettings } from "../../../../../src/exporter/collectors/host/textfile.ts";
import { type FileFamily, withOneHelp } from "../../../../../src/exporter/collectors/host/textfile-families.ts";
import { type Textfile, TextfileReader } from "../../../../../src/exporter/collectors/host/textfile-reader.ts";
import { addSamples, type Families } from "../../../../../src/exporter/gather.ts";
import { parseFamilies } from "../../../../../src/exporter/text-families.ts";
import { fixtureSource, settingsOf } from "./fixture-source.ts";

const root = mkdtempSync(`${tmpdir()}/tsmon-textfile-`);
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** A new folder with these files. */
function folderWith(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = `${root}/${folders++}`;
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(`${folder}/${name}`, text);
    utimesSync(`${folder}/${name}`, 1_700_000_000.9, 1_700_000_000.9);
  }
  return folder;
}

/** What a scrape of folders gives: series, HELP by family, and the problem; of the folder named `at` only the last part. */
function scrape(...directories: string[]) {
  const collector = textfile(settingsOf(textfileSettings, { "collector.textfile.directory": directories }));
  let problem = "";
  const collect = () => {
    try {
      return collector.collect(fixtureSource());
    } catch (error) {
      assert.ok(error instanceof Incomplete, `${error}`);
      problem = error.message;
      return error.samples;
    }
  };
  const families: Families = new Map();
  assert.deepEqual(addSamples(families, collect() as never), []);
  const all = [...families.values()].flatMap(({ samples }) => samples);
  const plain = (text: string) => text.replaceAll(/\/[^",:]*\/(?=[^/]*\.prom)/g, "");
  return {
    series: all.map(({ metric, suffix = "", labels, value }) => plain(`${metric.name}${suffix}${labels} ${value}`)),
    helps: Object.fromEntries([...families].map(([name, { metric }]) => [name, plain(metric.help)])),
    problem: plain(problem),
  };
}

const error = (value: number) => `node_textfile_scrape_error ${value}`;
const mtime = (file: string) => `node_textfile_mtime_seconds{file="${file}"} 1700000000`;

describe("textfile()", () => {
  test("reports that nothing is wrong where nothing is asked for", () => {
    assert.deepEqual(scrape().series, [error(0)]);
    assert.deepEqual(scrape("").series, [error(0)]);
  });

  test("reports the metrics of .prom files, and when they were last changed", () => {
    const folder = folderWith({ "b.prom": "b 2\n", "a.prom": "# HELP a A.\n# TYPE a gauge\na 1\n", "c.txt": "c 3\n" });
    const { series, helps, problem } = scrape(folder);
    assert.deepEqual(series, [error(0), mtime("a.prom"), mtime("b.prom"), "a 1", "b 2"]);
    assert.deepEqual([helps.a, helps.b, problem], ["A.", "Metric read from b.prom", ""]);
  });

  test("takes an empty file for well", () => {
    assert.deepEqual(scrape(folderWith({ "a.prom": "" })).series, [error(0), mtime("a.prom")]);
  });

  test("reads several folders, wildcards and a folder that is named twice", () => {
    const [one, two] = [folderWith({ "a.prom": "a 1\n" }), folderWith({ "b.prom": "b 2\n" })];
    assert.deepEqual(scrape(one, two).series, [error(0), mtime("a.prom"), mtime("b.prom"), "a 1", "b 2"]);
    const digits = `${root}/[${one.slice(-1)}${two.slice(-1)}]`;
    if (folders < 10) assert.deepEqual(scrape(digits).series, scrape(one, two).series);
    const twice = scrape(one, one);
    assert.deepEqual(twice.series, [error(0), mtime("a.prom"), "a 1"]);
    assert.match(twice.problem, /a\.prom: a exists twice/);
  });

  for (const [name, text, want] of [
    ["is cut off", "b 2\nc", /b\.prom: Cannot parse metrics line 2: unexpected end/],
    ["has a timestamp", "c 1\nb 2 1441205977284\n", /timestamps are not supported/],
    ["is no text", new Uint8Array([0x62, 0xff, 0x0a]), /b\.prom: /],
  ] as const) {
    test(`leaves out a file that ${name}, and no other`, () => {
      const { series, problem } = scrape(folderWith({ "a.prom": "a 1\n", "b.prom": text, "c.prom": "d 1\n" }));
      assert.deepEqual(series, [error(1), mtime("a.prom"), mtime("c.prom"), "a 1", "d 1"]);
      assert.match(problem, want);
    });
  }

  test("takes bytes that are no text where they are of no matter", () => {
    const bytes = Buffer.from('# HELP b caf\xe9\n# \xff\nb{c="\xc3\xa9"} 1\n', "latin1");
    const { series, helps, problem } = scrape(folderWith({ "b.prom": bytes }));
    assert.deepEqual([series, helps.b, problem], [[error(0), mtime("b.prom"), 'b{c="é"} 1'], "caf\ufffd", ""]);
  });

  test("leaves out a counter below zero, and no other series", () => {
    const text = '# TYPE c counter\nc{a="1"} -1\nc{a="2"} 2\n';
    const { series, problem } = scrape(folderWith({ "a.prom": text }));
    assert.deepEqual(series, [error(0), mtime("a.prom"), 'c{a="2"} 2']);
    assert.match(problem, /a\.prom: c\{a="1"\} is a counter with the value -1$/);
  });

  test("leaves out what is no file, without waiting for it", () => {
    const folder = folderWith({ "z.prom": "z 1\n" });
    mkdirSync(`${folder}/a.prom`);
    execFileSync("mkfifo", [`${folder}/b.prom`]);
    symlinkSync("/dev/zero", `${folder}/c.prom`);
    symlinkSync(`${folder}/nothing`, `${folder}/d.prom`);
    const { series, problem } = scrape(folder);
    assert.deepEqual(series, [error(1), mtime("z.prom"), "z 1"]);
    assert.match(problem, /a\.prom: is not a regular file; b\.prom: is not a regular file; c\.prom: .*; and 1 more$/);
  });

  test("leaves out a file that is too large", () => {
    const folder = folderWith({ "a.prom": "a 1\n" });
    truncateSync(`${folder}/a.prom`, 2 ** 30);
    assert.match(scrape(folder).problem, /a\.prom: has 1073741824 bytes, more than 16777216/);
  });

  test("reports a folder that is missing or none", () => {
    assert.deepEqual(scrape(`${root}/missing`).series, [error(1)]);
    assert.match(scrape(folderWith({ "a.prom": "" }).concat("/a.prom")).problem, /a\.prom: ENOTDIR/);
  });

  test("merges a family of several files under one HELP", () => {
    const { series, helps, problem } = scrape(
      folderWith({ "a.prom": '# HELP x X.\nx{f="a"} 1\n', "b.prom": '# HELP x X.\nx{f="b"} 2\n' }),
    );
    assert.deepEqual(series.slice(3), ['x{f="a"} 1', 'x{f="b"} 2']);
    assert.deepEqual([helps.x, problem], ["X.", ""]);
  });

  test("names every file of a family that has no HELP", () => {
    const { helps } = scrape(folderWith({ "a.prom": 'x{f="a"} 1\n', "b.prom": 'x{f="b"} 2\n' }));
    assert.equal(helps.x, "Metric read from a.prom, b.prom");
  });

  test("leaves out a family with another HELP, and those after it", () => {
    const a = '# HELP x X.\nx{f="a"} 1\n';
    const { series, problem } = scrape(
      folderWith({ "a.prom": a, "b.prom": '# HELP x Y.\nx{f="b"} 2\n', "c.prom": '# HELP x X.\nx{f="c"} 3\ny 1\n' }),
    );
    assert.deepEqual(series, [error(1), mtime("a.prom"), mtime("b.prom"), mtime("c.prom"), 'x{f="a"} 1', "y 1"]);
    assert.match(problem, /b\.prom: x has another HELP than before; c\.prom: x has another HELP than before$/);
  });

  for (const [name, a, b, want] of [
    ["a series that exists twice", "x 1\n", "x 2\n", /b\.prom: x exists twice/],
    ["a family of another type", "# TYPE x gauge\nx 1\n", 'x{f="b"} 2\n', /b\.prom: x is unknown and was gauge before/],
    [
      "a family whose HELP comes later",
      "x 1\n",
      '# HELP x X.\nx{f="b"} 2\n',
      /b\.prom: x has another HELP than before/,
    ],
    [
      "a name that a histogram has",
      "# TYPE x histogram\nx_count 1\n",
      "x_count 1\n",
      /b\.prom: x_count has series of another family, x/,
    ],
    ["a histogram with a name that is taken", "x_sum 1\n", "# TYPE x histogram\nx_count 1\n", /another family, x_sum/],
    ["what would be ours", "a 1\n", "node_textfile_scrape_error 7\n", /b\.prom: node_textfile_scrape_error is unknown/],
  ] as const) {
    test(`keeps the first of ${name}, and tells`, () => {
      const { series, problem } = scrape(folderWith({ "a.prom": a, "b.prom": b }));
      const alone = scrape(folderWith({ "a.prom": a })).series;
      assert.deepEqual(series, [alone[0], alone[1], mtime("b.prom"), ...alone.slice(2)]);
      assert.match(problem, want);
    });
  }

  test("tells a bounded number of problems", () => {
    const files = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}.prom`, `${"x".repeat(500)}\n`]));
    const { problem } = scrape(folderWith(files));
    assert.ok(problem.length < 1000 && problem.endsWith("; and 97 more"), problem);
  });
});

test("textfile() reports 10,000 files of one family that has no HELP", () => {
  const files = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`${i}.prom`, `x{i="${i}"} ${i}\n`]));
  const { series, helps, problem } = scrape(folderWith(files));
  assert.deepEqual([series.length, series[0], problem], [20_001, error(0), ""]);
  assert.equal(helps.x!.split(", ").length, 10_000);
});

test("withOneHelp() looks a bounded number of times at each file", () => {
  let looks = 0;
  const family = (i: number): FileFamily => ({
    ...parseFamilies(`x{i="${i}"} ${i}\n`)[0]!,
    get path() {
      looks++;
      return `${i}.prom`;
    },
  });
  const families = withOneHelp(
    Array.from({ length: 1000 }, (_, i) => family(i)),
    [],
  );
  assert.equal(families.length, 1000);
  assert.ok(looks <= 3000, `${looks} looks`);
});

describe("readTextFile()", () => {
  test("reads a file that says nothing of its size", () => {
    assert.match(readTextFile("/proc/self/status", 100_000).text, /^Name:.*\n$/s);
  });

  test("bounds it as well", () => {
    assert.throws(() => readTextFile("/proc/self/status", 100), /has more than 100 bytes/);
  });
});

describe("glob()", () => {
  const folder = `${root}/glob`;
  for (const path of ["a1/x", "a2/y", "b/x", ".c/x", "d[1]/x"]) mkdirSync(`${folder}/${path}`, { recursive: true });
  for (const [pattern, want] of [
    ["*/x", [".c/x", "a1/x", "b/x", "d[1]/x"]],
    ["a?", ["a1", "a2"]],
    ["a[12]/*", ["a1/x", "a2/y"]],
    ["a[!1]", ["a1"]], // Go has ^ for that
    ["a[^1]", ["a2"]],
    ["[a-b]*/x", ["a1/x", "b/x"]],
    ["d\\[1\\]/*", ["d[1]/x"]],
    ["[\\d]\\[[\\]1-3]]", ["d[1]"]],
    ["*.x", []],
    ["**", [".c", "a1", "a2", "b", "d[1]"]],
    ["{a1,a2}", []],
    ["[", []],
    ["a[2-1]", []],
    ["a\\", []],
    ["nothing/*", []],
    ["*/../b", ["b", "b", "b", "b", "b"]],
  ] as const) {
    test(`of ${pattern} finds ${want.join(" ") || "nothing"}`, () => {
      assert.deepEqual(
        glob(`${folder}/${pattern}`).map((path) => path.slice(folder.length + 1)),
        want,
      );
    });
  }
});

describe("TextfileReader", () => {
  const path = `${root}/kept.prom`;
  const write = (text: string, mtimeSeconds: number) => {
    writeFileSync(path, text);
    utimesSync(path, mtimeSeconds, mtimeSeconds);
  };
  const firstValue = ({ families }: Textfile) => families[0]?.samples[0]?.value;
  /** Later than the last change by this much. */
  const later = (ms: number) => statSync(path).ctimeMs + ms;

  test("reads a file again when anything about it has changed", () => {
    const reader = new TextfileReader();
    const read = () => {
      const file = reader.read(path, later(60_000));
      reader.end();
      return file;
    };
    write("a 1\n", 1_700_000_000);
    const first = read();
    assert.equal(read().families, first.families);
    write("a 2\n", 1_700_000_001);
    assert.equal(firstValue(read()), 2);
    writeFileSync(`${path}.new`, "a 3\n");
    utimesSync(`${path}.new`, 1_700_000_000, 1_700_000_000);
    renameSync(`${path}.new`, path);
    assert.equal(firstValue(read()), 3);
    write("a 3\nb", 1_700_000_001);
    assert.throws(read, SyntaxError);
    rmSync(path);
    assert.throws(() => reader.read(path, 0), { code: "ENOENT" });
  });

  test("does not rely on a file that was changed a moment ago", () => {
    const reader = new TextfileReader();
    write("a 1\n", 1_700_000_000);
    const first = reader.read(path, later(100));
    reader.end();
    assert.notEqual(reader.read(path, later(100)).families, first.families);
  });

  test("forgets a file that a scrape did not read, and one that is large", () => {
    const reader = new TextfileReader();
    write("a 1\n", 1_700_000_000);
    const first = reader.read(path, later(60_000));
    reader.end();
    reader.end();
    assert.notEqual(reader.read(path, later(60_000)).families, first.families);
    write(`# ${"x".repeat(2 ** 20)}\na 1\n`, 1_700_000_000);
    const large = reader.read(path, later(60_000));
    reader.end();
    assert.notEqual(reader.read(path, later(60_000)).families, large.families);
  });
});
