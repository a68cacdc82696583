import type { ApiClient } from "../../control/client.ts";
import { ControlError } from "../../control/errors.ts";
import { demoAnswers } from "../../fleet/demo/tailnet.ts";

/** An API that makes its answers up, and asks nobody. */
export function demoClient(devices: number): ApiClient {
  return {
    async get(endpoint, path) {
      const name = path.replace(/^\/tailnet\/-/, "").replace(/\?.*$/, "");
      const answers = demoAnswers(devices, Date.now());
      if (!Object.hasOwn(answers, name)) throw new ControlError("not_found", endpoint, "the demo has no such thing");
      return answers[name];
    },
  };
}
