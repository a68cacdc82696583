/** `bun fake-agent.ts PORT` advertises two exporters as an agent does, on every address of this machine. */
import process from "node:process";
import { exporter, FakeAgent } from "../integration/discover/fake-agent.ts";

await FakeAgent.start("::", Number(process.argv[2]), [exporter("tsmon"), exporter("postgres", { role: "main" })]);
process.stdout.write("ready\n");
