import assert from "node:assert/strict";
import process from "node:process";
import { describe, test } from "node:test";
import { int32At, openLibc } from "../../../src/runtime/libc.ts";

/** EBADF (include/uapi/asm-generic/errno-base.h). */
const BAD_FILE = 9;

describe("openLibc()", { skip: process.platform !== "linux" }, () => {
  test("calls functions of the C library, whose errno int32At() reads", () => {
    const libc = openLibc({
      close: { parameters: ["i32"], result: "i32" },
      __errno_location: { parameters: [], result: "pointer" },
    });
    assert.equal(Number(libc.close(-1)), -1);
    assert.equal(int32At(libc.__errno_location()), BAD_FILE);
  });
});
