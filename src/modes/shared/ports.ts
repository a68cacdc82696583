/** Port on which agents answer. */
export const AGENT_PORT = 5253;

/** Port on which discover answers. */
export const DISCOVER_PORT = 5254;

/** Port on which fleet answers. */
export const FLEET_PORT = 5255;
