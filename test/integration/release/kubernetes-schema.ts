import { z } from "zod";

// The part of the Kubernetes API that the manifests use, strict, so that a mistyped key is found. Source: the API reference.

const Labels = z.record(z.string().regex(/^[a-z0-9./-]+$/), z.string().max(63));
const Name = z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
const Quantity = z.string().regex(/^\d+(m|[KMGT]i)?$/);
const Metadata = z.strictObject({ name: Name, namespace: Name.optional(), labels: Labels.optional() });
const Selector = z.strictObject({ matchLabels: Labels });
const PortName = z.union([z.int().min(1).max(65535), Name.max(15)]);
const Protocol = z.literal("TCP");

const Probe = z.strictObject({
  httpGet: z.strictObject({ host: z.string().optional(), path: z.string().startsWith("/"), port: PortName }),
  periodSeconds: z.int().min(1),
  timeoutSeconds: z.int().min(1),
});

const Container = z.strictObject({
  name: Name,
  image: z.string(),
  args: z.array(z.string()).min(1),
  ports: z.array(
    z.strictObject({
      name: Name.max(15),
      containerPort: z.int(),
      hostPort: z.int().optional(),
      protocol: Protocol,
    }),
  ),
  livenessProbe: Probe,
  readinessProbe: Probe.optional(),
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
      mountPath: z.string().startsWith("/"),
      readOnly: z.boolean().optional(),
      mountPropagation: z.enum(["None", "HostToContainer", "Bidirectional"]).optional(),
    }),
  ),
});

const Pod = z.strictObject({
  automountServiceAccountToken: z.literal(false),
  /** Otherwise the variables that Kubernetes makes of Services, TSMON_DISCOVER_PORT and its like, are settings that nobody knows. */
  enableServiceLinks: z.literal(false),
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  dnsPolicy: z.enum(["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]).optional(),
  terminationGracePeriodSeconds: z.int(),
  priorityClassName: Name.optional(),
  nodeSelector: Labels,
  tolerations: z.array(z.strictObject({ operator: z.enum(["Exists", "Equal"]) })).optional(),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.int().min(1),
    runAsGroup: z.int().min(1),
    fsGroup: z.int().min(1).optional(),
    seccompProfile: z.strictObject({ type: z.literal("RuntimeDefault") }),
  }),
  containers: z.array(Container).length(1),
  volumes: z.array(
    z.union([
      z.strictObject({
        name: Name,
        hostPath: z.strictObject({
          path: z.string().startsWith("/"),
          type: z.enum(["", "Directory", "DirectoryOrCreate", "Socket"]).optional(),
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
