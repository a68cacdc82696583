/** Port on which agents answer. */
export const AGENT_PORT = 5253;

/** Port on which discover answers. */
export const DISCOVER_PORT = 5254;
