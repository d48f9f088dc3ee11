// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.spi.lustre.LustreCapability;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Why a mount lacks a capability. */
final class CapabilityReasons {
  /** The groups of liblustreapi's functions that a capability needs. */
  private static final Map<LustreCapability, List<String>> GROUPS =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(LustreCapability.HSM, List.of("HsmCalls")),
              Map.entry(LustreCapability.COPYTOOL, List.of("CopytoolCalls", "Ioctl")),
              Map.entry(LustreCapability.IMPORT, List.of("ImportCalls", "HsmCalls")),
              Map.entry(LustreCapability.LAYOUTS, List.of()),
              Map.entry(
                  LustreCapability.MIGRATE, List.of("MigrateCalls", "LeaseCalls", "HsmCalls")),
              Map.entry(LustreCapability.CHANGELOGS, List.of("ChangelogCalls")),
              Map.entry(LustreCapability.OPEN_BY_FID, List.of()),
              Map.entry(LustreCapability.USAGE, List.of("UsageCalls")),
              Map.entry(LustreCapability.QUOTA, List.of("QuotaCalls")),
              Map.entry(
                  LustreCapability.MIRRORS, List.of("MirrorCalls", "MigrateCalls", "LeaseCalls")),
              Map.entry(LustreCapability.GROUP_LOCK, List.of("GroupLockCalls")),
              Map.entry(LustreCapability.LEASE, List.of("LeaseCalls")),
              Map.entry(LustreCapability.ADVICE, List.of("AdviceCalls")),
              Map.entry(LustreCapability.HEAT, List.of("HeatCalls")),
              Map.entry(LustreCapability.PCC, List.of("PccCalls"))));

  private static final Map<String, String> OTHER_GROUPS =
      Map.of(
          "MountCalls", "all mounts",
          "IdentityCalls", "FIDs and paths",
          "PoolCalls", "pools",
          "LayoutCalls", "sizes of components as the servers have them",
          "AgentCalls", "the agent's UUID",
          "ChangelogReadCalls", "changelogs by -Dkmesh.lustre.changelogs=library",
          "VersionCalls", "the release",
          "MessageCalls", "silencing the library");

  private final Optional<LustreNatives.Library> library;
  private final Privileges privileges;

  CapabilityReasons(Optional<LustreNatives.Library> library, Privileges privileges) {
    this.library = library;
    this.privileges = privileges;
  }

  /** What is off when a group of functions is. */
  static String offFor(String group) {
    List<String> off = new ArrayList<>();
    GROUPS.forEach(
        (capability, groups) -> {
          if (groups.contains(group)) {
            off.add(capability.name());
          }
        });
    return off.isEmpty() ? OTHER_GROUPS.getOrDefault(group, group) : String.join(", ", off);
  }

  /** Whether its absence is a fault: what servers alone have is never on a client. */
  static boolean isExpected(LustreCapability capability) {
    return capability != LustreCapability.SERVER_CONTROL;
  }

  /**
   * Why it is missing.
   *
   * @param why the reason
   * @param remedy what to do
   */
  record Reason(String why, String remedy) {}

  Reason why(LustreCapability missing) {
    if (library.isPresent()) {
      List<String> absent = new ArrayList<>();
      for (String group : GROUPS.getOrDefault(missing, List.of())) {
        absent.addAll(library.get().missing().getOrDefault(group, List.of()));
      }
      if (!absent.isEmpty()) {
        return new Reason(
            library.get().file()
                + " of release "
                + library.get().release()
                + " has no "
                + String.join(", ", absent),
            "Install a newer Lustre client, when you need it.");
      }
    }
    return switch (missing) {
      case COPYTOOL, MIGRATE, MIRRORS, OPEN_BY_FID ->
          new Reason(
              "files can't be opened by their FID"
                  + (privileges.isSearcher() ? " on this mount" : " by this user"),
              privileges.isSearcher()
                  ? "Mount the whole file system: .lustre/fid is not in a mounted subdirectory."
                  : "Run as root.");
      case CHANGELOGS ->
          new Reason(
              "the devices /dev/changelog-* are not there or not this user's to read",
              privileges.isAdministrator()
                  ? "Look whether the MDTs are connected: lfs check mds"
                  : "Run as root.");
      default -> new Reason("this build of Kmesh, or this mount, does not offer it", "");
    };
  }
}
