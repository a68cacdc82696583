import * as z from "zod/mini";

// The part of the Kubernetes API that the manifests use, strict, so that a mistyped key is found. Source: the API reference.

const Labels = z.record(z.string().check(z.regex(/^[a-z0-9./-]+$/)), z.string().check(z.maxLength(63)));
const Name = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/));
const Quantity = z.string().check(z.regex(/^\d+(m|[KMGT]i)?$/));
const Metadata = z.strictObject({ name: Name, namespace: z.optional(Name), labels: z.optional(Labels) });
const Selector = z.strictObject({ matchLabels: Labels });
const PortName = z.union([z.int().check(z.minimum(1), z.maximum(65535)), Name.check(z.maxLength(15))]);
const Protocol = z.literal("TCP");

const Probe = z.strictObject({
  httpGet: z.strictObject({ host: z.optional(z.string()), path: z.string().check(z.startsWith("/")), port: PortName }),
  periodSeconds: z.int().check(z.minimum(1)),
  timeoutSeconds: z.int().check(z.minimum(1)),
});

const Container = z.strictObject({
  name: Name,
  image: z.string(),
  args: z.array(z.string()).check(z.minLength(1)),
  ports: z.array(
    z.strictObject({
      name: Name.check(z.maxLength(15)),
      containerPort: z.int(),
      hostPort: z.optional(z.int()),
      protocol: Protocol,
    }),
  ),
  livenessProbe: Probe,
  readinessProbe: z.optional(Probe),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: Quantity, memory: Quantity }),
    limits: z.strictObject({ memory: Quantity }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal("ALL")]) }),
  }),
  volumeMounts: z.array(
    z.strictObject({
      name: Name,
      mountPath: z.string().check(z.startsWith("/")),
      readOnly: z.optional(z.boolean()),
      mountPropagation: z.optional(z.enum(["None", "HostToContainer", "Bidirectional"])),
    }),
  ),
});

const Pod = z.strictObject({
  automountServiceAccountToken: z.literal(false),
  /** Otherwise the variables that Kubernetes makes of Services, TSMON_DISCOVER_PORT and its like, are settings that nobody knows. */
  enableServiceLinks: z.literal(false),
  hostNetwork: z.optional(z.boolean()),
  hostPID: z.optional(z.boolean()),
  dnsPolicy: z.optional(z.enum(["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
  terminationGracePeriodSeconds: z.int(),
  priorityClassName: z.optional(Name),
  nodeSelector: Labels,
  tolerations: z.optional(z.array(z.strictObject({ operator: z.enum(["Exists", "Equal"]) }))),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int().check(z.minimum(1)),
    runAsGroup: z.int().check(z.minimum(1)),
    fsGroup: z.optional(z.int().check(z.minimum(1))),
    seccompProfile: z.strictObject({ type: z.literal("RuntimeDefault") }),
  }),
  containers: z.array(Container).check(z.length(1)),
  volumes: z.array(
    z.union([
      z.strictObject({
        name: Name,
        hostPath: z.strictObject({
          path: z.string().check(z.startsWith("/")),
          type: z.optional(z.enum(["", "Directory", "DirectoryOrCreate", "Socket"])),
        }),
      }),
      z.strictObject({ name: Name, persistentVolumeClaim: z.strictObject({ claimName: Name }) }),
    ]),
  ),
});

const Template = z.strictObject({ metadata: z.strictObject({ labels: Labels }), spec: Pod });

/** A workload of pods. */
const Workload = z.discriminatedUnion("kind", [
  z.strictObject({
    apiVersion: z.literal("apps/v1"),
    kind: z.literal("DaemonSet"),
    metadata: Metadata,
    spec: z.strictObject({
      selector: Selector,
      updateStrategy: z.strictObject({
        type: z.literal("RollingUpdate"),
        rollingUpdate: z.strictObject({ maxUnavailable: z.string() }),
      }),
      template: Template,
    }),
  }),
  z.strictObject({
    apiVersion: z.literal("apps/v1"),
    kind: z.literal("Deployment"),
    metadata: Metadata,
    spec: z.strictObject({
      replicas: z.literal(1),
      strategy: z.strictObject({ type: z.enum(["Recreate", "RollingUpdate"]) }),
      selector: Selector,
      template: Template,
    }),
  }),
]);
export type Workload = z.infer<typeof Workload>;

/** An object of the manifests. */
export const Manifest = z.union([
  Workload,
  z.strictObject({ apiVersion: z.literal("v1"), kind: z.literal("Namespace"), metadata: Metadata }),
  z.strictObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("PersistentVolumeClaim"),
    metadata: Metadata,
    spec: z.strictObject({
      accessModes: z.array(z.enum(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"])),
      resources: z.strictObject({ requests: z.strictObject({ storage: Quantity }) }),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal("v1"),
    kind: z.literal("Service"),
    metadata: Metadata,
    spec: z.strictObject({
      selector: Labels,
      ports: z.array(z.strictObject({ name: Name, port: z.int(), targetPort: PortName, protocol: Protocol })),
    }),
  }),
  z.strictObject({
    apiVersion: z.literal("networking.k8s.io/v1"),
    kind: z.literal("NetworkPolicy"),
    metadata: Metadata,
    spec: z.strictObject({
      podSelector: Selector,
      policyTypes: z.array(z.enum(["Ingress", "Egress"])),
      ingress: z.array(
        z.strictObject({
          from: z.array(z.strictObject({ namespaceSelector: Selector })),
          ports: z.array(z.strictObject({ port: PortName, protocol: Protocol })),
        }),
      ),
    }),
  }),
]);
export type Manifest = z.infer<typeof Manifest>;
