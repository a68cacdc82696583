/** Procedures of NFS version 2 in the kernel's order. */
export const VERSION_2 = [
  ...["Null", "GetAttr", "SetAttr", "Root", "Lookup", "ReadLink", "Read", "WrCache", "Write", "Create", "Remove"],
  ...["Rename", "Link", "SymLink", "MkDir", "RmDir", "ReadDir", "FsStat"],
];

/** Procedures of NFS version 3 in the kernel's order. */
export const VERSION_3 = [
  ...["Null", "GetAttr", "SetAttr", "Lookup", "Access", "ReadLink", "Read", "Write", "Create", "MkDir", "SymLink"],
  ...["MkNod", "Remove", "RmDir", "Rename", "Link", "ReadDir", "ReadDirPlus", "FsStat", "FsInfo", "PathConf"],
  "Commit",
];

/** Procedures that a client of NFS version 4 calls, in the kernel's order, up to those that node_exporter knows. */
export const VERSION_4_CLIENT = [
  ...["Null", "Read", "Write", "Commit", "Open", "OpenConfirm", "OpenNoattr", "OpenDowngrade", "Close", "Setattr"],
  ...["FsInfo", "Renew", "SetClientID", "SetClientIDConfirm", "Lock", "Lockt", "Locku", "Access", "Getattr", "Lookup"],
  ...["LookupRoot", "Remove", "Rename", "Link", "Symlink", "Create", "Pathconf", "StatFs", "ReadLink", "ReadDir"],
  ...["ServerCaps", "DelegReturn", "GetACL", "SetACL", "FsLocations", "ReleaseLockowner", "Secinfo", "FsidPresent"],
  ...["ExchangeID", "CreateSession", "DestroySession", "Sequence", "GetLeaseTime", "ReclaimComplete", "GetDeviceInfo"],
  ...["LayoutGet", "LayoutCommit", "LayoutReturn", "SecinfoNoName", "TestStateID", "FreeStateID", "GetDeviceList"],
  ...["BindConnToSession", "DestroyClientID", "Seek", "Allocate", "DeAllocate", "LayoutStats", "Clone"],
];

/** Operations of NFS version 4 that a server counts, in the kernel's order; "" for those that are not reported. */
export const VERSION_4_SERVER = [
  ...["", "", "", "Access", "Close", "Commit", "Create", "DelegPurge", "DelegReturn", "GetAttr", "GetFH", "Link"],
  ...["Lock", "Lockt", "Locku", "Lookup", "LookupRoot", "Nverify", "Open", "OpenAttr", "OpenConfirm", "OpenDgrd"],
  ...["PutFH", "", "", "Read", "ReadDir", "ReadLink", "Remove", "Rename", "Renew", "RestoreFH", "SaveFH", "SecInfo"],
  ...["SetAttr", "SetClientID", "SetClientIDConfirm", "Verify", "Write", "RelLockOwner"],
];
