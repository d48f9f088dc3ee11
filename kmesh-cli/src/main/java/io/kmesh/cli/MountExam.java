// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.lustre.jna.JnaLustreFacts;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreCapability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What doctor asks of a mounted Lustre. */
final class MountExam {
  /** From here on writing becomes slow and begins to fail on some targets. */
  private static final int FULL_PERCENT = 95;

  private final LustreWorld world;
  private final MountTable table;
  private final Diagnosis found;
  private final CapabilityReasons reasons;

  MountExam(LustreWorld world, MountTable table, Diagnosis found, CapabilityReasons reasons) {
    this.world = world;
    this.table = table;
    this.found = found;
    this.reasons = reasons;
  }

  /** What an exception says. */
  static String words(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private Diagnosis.Section begin(PathBytes point) {
    Diagnosis.Section section = found.item("Lustre " + point, "mounts");
    section.json().put("mount", point.toString());
    entry(point).ifPresent(mount -> section.fact("device", "device", mount.device()));
    return section;
  }

  private Optional<MountTable.Mount> entry(PathBytes point) {
    return table.lustre().stream().filter(m -> m.point().equals(point)).findFirst();
  }

  /** A mount that could not be opened: what the kernel says of it. */
  void unopened(PathBytes point, String why) {
    Diagnosis.Section section = begin(point);
    section.json().put("usable", false).put("why", why);
    section.say("usable", "no: " + why);
    found.wrong("All of " + point, "it can't be opened: " + why, "");
    entry(point)
        .map(MountTable.Mount::fileSystem)
        .ifPresent(
            name ->
                new CoordinatorExam(JnaLustreFacts.server(world.root(), name), found)
                    .of(section, name, -1));
  }

  /** All of one that is open. */
  void opened(PathBytes point, LustreBinding binding) {
    Diagnosis.Section section = begin(point);
    String fileSystem = binding.identity().fileSystemName();
    section.json().put("usable", true);
    section.fact("file system", "fileSystem", fileSystem);
    capabilities(section, point, binding.capabilities());
    List<Integer> mdts = mdts(section, point, binding);
    targets(section, point, binding);
    pools(section, binding);
    copytools(section, point);
    changelogs(section, fileSystem, mdts);
    new CoordinatorExam(binding.server(), found).of(section, fileSystem, mdts.size());
  }

  private void capabilities(
      Diagnosis.Section section, PathBytes point, Set<LustreCapability> there) {
    ArrayNode works = section.json().putArray("capabilities");
    ObjectNode missing = section.json().putObject("missing");
    List<String> names = new ArrayList<>();
    for (LustreCapability capability : LustreCapability.values()) {
      if (there.contains(capability)) {
        works.add(capability.name());
        names.add(capability.name());
      }
    }
    section.say("works", String.join(", ", names));
    for (LustreCapability capability : LustreCapability.values()) {
      if (!there.contains(capability) && CapabilityReasons.isExpected(capability)) {
        CapabilityReasons.Reason reason = reasons.why(capability);
        missing.put(capability.name(), reason.why());
        section.say("does not", capability + ": " + reason.why());
        found.wrong(capability + " on " + point, reason.why(), reason.remedy());
      }
    }
  }

  private List<Integer> mdts(Diagnosis.Section section, PathBytes point, LustreBinding binding) {
    try {
      return binding.identity().mdts();
    } catch (IOException e) {
      section.say("MDTs", "? " + words(e));
      found.wrong("The MDTs of " + point, words(e), "");
      return List.of();
    }
  }

  private void targets(Diagnosis.Section section, PathBytes point, LustreBinding binding) {
    ArrayNode all = section.json().putArray("targets");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("UUID", "SIZE", "USED", "USE%", "INODES", "IUSED", "IUSE%"));
    try {
      for (TargetUsage target : binding.usage().targets()) {
        all.add(json(target));
        rows.add(
            List.of(
                target.uuid() + "[" + target.kind() + ":" + target.index() + "]",
                Output.size(target.capacity().bytes()),
                Output.size(target.used().bytes()),
                LustreCommand.share(target.used().bytes(), target.capacity().bytes()),
                Output.count(target.inodes()),
                Output.count(target.inodesUsed()),
                LustreCommand.share(target.inodesUsed(), target.inodes())));
        judge(point, target);
      }
      section.say("targets", "");
      section.table(rows);
    } catch (IOException e) {
      section.say("targets", "? " + words(e));
    }
  }

  private static ObjectNode json(TargetUsage target) {
    return Output.object()
        .put("kind", target.kind().name())
        .put("index", target.index())
        .put("uuid", target.uuid())
        .put("capacity", target.capacity().bytes())
        .put("used", target.used().bytes())
        .put("inodes", target.inodes())
        .put("inodesUsed", target.inodesUsed());
  }

  private void judge(PathBytes point, TargetUsage target) {
    String what = target.uuid() + " of " + point;
    if (target.capacity().bytes() == 0) {
      found.wrong(
          "What lies on " + what,
          "it tells no size, so it does not answer (inferred)",
          "Look whether its server runs: lfs check servers");
      return;
    }
    boolean isFull = target.share().value() >= FULL_PERCENT;
    boolean isOutOfInodes =
        target.inodes() > 0 && target.inodesUsed() >= target.inodes() / 100.0 * FULL_PERCENT;
    if (isFull || isOutOfInodes) {
      found.wrong(
          "Writing to " + what + ", restores too",
          (isFull ? "its space is" : "its inodes are") + " used to " + FULL_PERCENT + "% or more",
          "Release or move files; a restore needs space for the whole file.");
    }
  }

  private void pools(Diagnosis.Section section, LustreBinding binding) {
    ArrayNode all = section.json().putArray("pools");
    List<String> names = new ArrayList<>();
    try {
      for (PoolUsage pool : binding.usage().pools()) {
        ObjectNode json = all.addObject().put("name", pool.name());
        ArrayNode osts = json.putArray("osts");
        pool.osts().forEach(osts::add);
        json.put("capacity", pool.capacity().bytes()).put("used", pool.used().bytes());
        names.add(
            pool.name()
                + " (OSTs "
                + pool.osts()
                + ", "
                + LustreCommand.share(pool.used().bytes(), pool.capacity().bytes())
                + " used)");
      }
      section.say("pools", names.isEmpty() ? "none" : String.join(", ", names));
    } catch (IOException e) {
      section.say("pools", "? " + words(e));
    }
  }

  private void copytools(Diagnosis.Section section, PathBytes point) {
    Path path = BytePaths.path(point);
    String ours = "none of Kmesh";
    try {
      Path file = world.natives().copytoolLock(path);
      Optional<String> holder = LockHolder.of(world.root(), file);
      ours = holder.map(who -> "Kmesh's, " + who + ", by " + file).orElse(ours);
      holder.ifPresent(who -> section.json().put("copytool", who));
    } catch (IOException e) {
      ours = "? " + words(e);
    }
    section.say("copytool", ours);
    ArrayNode others = section.json().putArray("foreignCopytools");
    try {
      List<String> foreign = world.natives().foreignCopytools(path);
      foreign.forEach(others::add);
      if (!foreign.isEmpty()) {
        section.say("", "of others: " + String.join(", ", foreign));
        found.wrong(
            "A copytool of Kmesh on " + point,
            "another copytool runs on it, and both would receive every action: "
                + String.join(", ", foreign),
            "End it first, or use another node.");
      }
    } catch (IOException e) {
      section.say("", "of others: ? " + words(e));
    }
  }

  private void changelogs(Diagnosis.Section section, String fileSystem, List<Integer> mdts) {
    ArrayNode all = section.json().putArray("changelogs");
    for (int mdt : mdts) {
      String name = String.format(Locale.ROOT, "%s-MDT%04x", fileSystem, mdt);
      Path device = world.root().resolve("dev/changelog-" + name);
      String state =
          !Files.exists(device)
              ? "not there"
              : Files.isReadable(device) ? "can be read" : "may not be read by this user";
      all.addObject().put("mdt", name).put("device", "/dev/changelog-" + name).put("state", state);
      section.say("changelog", "/dev/changelog-" + name + " " + state);
    }
  }
}
