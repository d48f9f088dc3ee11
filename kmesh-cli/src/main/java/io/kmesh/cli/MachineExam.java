// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.jna.JnaLustreFacts;
import io.kmesh.path.PathBytes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What doctor asks of the machine, whatever is mounted. */
final class MachineExam {
  private static final Pattern RELEASE = Pattern.compile("\\D*(\\d+\\.\\d+)\\D?.*", Pattern.DOTALL);

  private final LustreWorld world;
  private final MountTable table;
  private final Diagnosis found;

  MachineExam(LustreWorld world, MountTable table, Diagnosis found) {
    this.world = world;
    this.table = table;
    this.found = found;
  }

  /** Java and where native libraries come to lie. */
  void java(Map<String, String> environment) {
    Diagnosis.Section section = found.section("Java", "java");
    section.fact("release", "release", System.getProperty("java.version", "?"));
    section.fact("vendor", "vendor", System.getProperty("java.vendor", "?"));
    section.fact("architecture", "architecture", System.getProperty("os.arch", "?"));

    NativeFolder folder = NativeFolder.find(System::getProperty, environment::get);
    PathBytes path = PathBytes.absolute(folder.path());
    Optional<MountTable.Mount> on = table.of(path);
    boolean isNoExec = on.filter(m -> m.options().contains("noexec")).isPresent();
    Optional<String> whyNot = world.natives().whyNoLibc();
    section.fact("unpacks to", "nativeDirectory", path + " (" + folder.reason() + ")");
    section.json().put("nativeDirectoryNoExec", isNoExec);
    section.say(
        "",
        on.map(m -> "on " + m.type() + " at " + m.point()).orElse("on an unknown mount")
            + (isNoExec
                ? ", noexec: nothing may run from there"
                : ", programs may run from there"));
    section.fact("libc by JNA", "libc", whyNot.map(why -> "no: " + why).orElse("works"));
    whyNot.ifPresent(
        why ->
            found.wrong(
                "All that is native (Lustre, exact trees of files)",
                isNoExec ? path + " is mounted noexec, so that JNA can't be loaded: " + why : why,
                "Unpack elsewhere: KMESH_JAVA_OPTIONS=-Dkmesh.native-directory=/a/folder/of/yours;"
                    + " libc is used on 64-bit Linux of amd64 and arm64."));
  }

  /** liblustreapi. */
  Optional<LustreNatives.Library> library() {
    Diagnosis.Section section = found.section("liblustreapi", "library");
    LustreNatives.Library library;
    try {
      library = world.natives().library();
    } catch (IOException e) {
      String why = MountExam.words(e);
      section.json().put("usable", false).put("why", why);
      section.say("usable", "no");
      found.wrong(
          "Every call of Lustre (kmesh lustre, attach, the copytool)",
          why,
          "For this command: KMESH_JAVA_OPTIONS=-Dkmesh.lustre.library=/path/liblustreapi.so.1");
      return Optional.empty();
    }
    section.json().put("usable", true);
    section.fact("file", "file", library.file());
    section.fact("release", "release", library.release().isEmpty() ? "?" : library.release());
    ObjectNode missing = section.json().putObject("missing");
    if (library.missing().isEmpty()) {
      section.say("functions", "all that Kmesh knows");
    }
    library
        .missing()
        .forEach(
            (group, functions) -> {
              String off = CapabilityReasons.offFor(group);
              ArrayNode all = missing.putObject(group).put("off", off).putArray("functions");
              functions.forEach(all::add);
              section.say("missing", String.join(", ", functions) + "; off for it: " + off);
            });
    return Optional.of(library);
  }

  /** The kernel's client. */
  void kernel(Optional<LustreNatives.Library> library, boolean isLustreHere) {
    Diagnosis.Section section = found.section("Lustre in the kernel", "kernel");
    Optional<String> release = JnaLustreFacts.kernelRelease(world.root());
    if (release.isEmpty()) {
      section.json().put("loaded", false);
      section.say("module", "not loaded");
      if (!isLustreHere) {
        found.wrong(
            "Mounting a Lustre",
            "the kernel's client is not loaded (neither /sys/fs/lustre/version nor"
                + " /proc/fs/lustre/version is there)",
            "Install the client's kernel modules for this kernel, then: modprobe lustre");
      }
      return;
    }
    section.json().put("loaded", true);
    section.fact("module", "release", release.get());
    String ofLibrary = library.map(LustreNatives.Library::release).orElse("");
    if (!branch(ofLibrary).isEmpty() && !branch(ofLibrary).equals(branch(release.get()))) {
      section.say("", "the library is of another branch, " + ofLibrary + ": update both alike");
    }
  }

  private static String branch(String release) {
    Matcher m = RELEASE.matcher(release);
    return m.matches() ? m.group(1) : "";
  }

  /** Whether there is any; where there is none, what works all the same. */
  void mounts(List<PathBytes> points) {
    if (points.isEmpty()) {
      Diagnosis.Section section = found.section("Without Lustre", "withoutLustre");
      boolean isExact = world.natives().whyNoLibc().isEmpty();
      section.fact(
          "works",
          "works",
          "repositories, snapshots, mirrors, object stores, and flows of local and network trees");
      section.fact(
          "trees of files",
          "trees",
          isExact
              ? "by libc: names of any bytes, links, attributes, holes"
              : "by java.nio: names of any bytes; no holes, devices, attributes but user.*");
      section.say("to try HSM", "samples/quickstart/run.sh, on a simulated Lustre");
      found.wrong(
          "Whatever needs a mounted Lustre",
          "none is mounted here",
          "Mount one: mount -t lustre MGSNODE@tcp:/FSNAME /mnt/lustre");
    }
  }

  /** What this process may do. */
  void privileges(Privileges privileges, boolean isLustreHere) {
    Diagnosis.Section section = found.section("Privileges", "privileges");
    section.json().put("user", privileges.user());
    section.say("user", privileges.user() < 0 ? "?" : Long.toString(privileges.user()));
    section.json().put("capSysAdmin", privileges.isAdministrator());
    section.say(
        "CAP_SYS_ADMIN",
        (privileges.isAdministrator() ? "yes" : "no")
            + ": a copytool, imports of stubs, archives and releases of others' files, changelogs");
    section.json().put("capDacReadSearch", privileges.isSearcher());
    section.say(
        "CAP_DAC_READ_SEARCH",
        (privileges.isSearcher() ? "yes" : "no") + ": files by their FID, whoever owns them");
    if (!isLustreHere) {
      return;
    }
    if (!privileges.isAdministrator()) {
      found.wrong(
          "A copytool, imports, changelogs, HSM requests but restores",
          "this process has no CAP_SYS_ADMIN",
          "Run as root. Others may restore; hsm.user_request_mask of the MDTs can allow more.");
    }
    if (!privileges.isSearcher()) {
      found.wrong(
          "Files by their FID",
          "this process has no CAP_DAC_READ_SEARCH",
          "Run as root, or give Java that capability.");
    }
  }
}
