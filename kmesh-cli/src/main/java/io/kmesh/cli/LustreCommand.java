// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.lustre.CurrentAction;
import io.kmesh.lustre.Fid;
import io.kmesh.lustre.HsmFlag;
import io.kmesh.lustre.HsmState;
import io.kmesh.lustre.PoolUsage;
import io.kmesh.lustre.TargetUsage;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreUsage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Commands on mounted Lustre file systems, in the words of lfs. */
@Command(
    name = "lustre",
    description = {
      "Looks at what is on a mounted Lustre, in the words of lfs. Nothing here restores a released file.",
    },
    subcommands = {
      LustreStatCommand.class,
      LustreCommand.FidOf.class,
      LustreCommand.PathsOf.class,
      LustreLayoutCommand.class,
      LustreCommand.Pools.class,
      LustreCommand.Hsm.class,
      LustreChangelogCommand.class
    })
final class LustreCommand implements Runnable {
  static final String PATHS = "Files or directories on a mounted Lustre.";
  static final String MOUNT = "The mount point of a Lustre.";

  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw RepoCommand.missing(spec, "stat, fid, paths, layout, pools, hsm or changelog");
  }

  static ObjectNode named(String word) {
    return Output.path(Output.object(), PathBytes.of(word));
  }

  static ObjectNode put(ObjectNode json, HsmState state) {
    json.put("bits", state.bits());
    ArrayNode flags = json.putArray("flags");
    for (HsmFlag flag : HsmFlag.values()) {
      if (state.has(flag)) {
        flags.add(flag.name().toLowerCase(Locale.ROOT));
      }
    }
    if (!state.archiveId().equals(ArchiveId.ANY)) {
      json.put("archiveId", state.archiveId().value());
    }
    return json;
  }

  /** Tells FIDs. */
  @Command(
      name = "fid",
      description = "Tells the FID of each path, as lfs path2fid does.",
      footer = {"", "Example:", "  kmesh lustre fid /mnt/lustre/job42/ckpt.100"})
  static final class FidOf extends LustreLookCommand {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = PATHS)
    private List<String> paths = new ArrayList<>();

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withMounts(mounts -> each("path", paths, word -> look(mounts.at(word), word)));
    }

    private void look(LustreMounts.Place place, String word) throws IOException {
      Fid fid = place.binding().identity().fid(place.below());
      json(named(word).put("fid", fid.toString()));
      say((paths.size() > 1 ? PathBytes.of(word) + ": " : "") + fid);
    }
  }

  /** Tells paths. */
  @Command(
      name = "paths",
      description = "Tells all paths of each FID (hard links), as lfs fid2path does.",
      footer = {"", "Example:", "  kmesh lustre paths /mnt/lustre '[0x200000401:0x1:0x0]'"})
  static final class PathsOf extends LustreLookCommand {
    @Parameters(index = "0", paramLabel = "MOUNT", description = MOUNT)
    private String mount = "";

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "FID",
        description = "FIDs, with or without brackets.")
    private List<String> fids = new ArrayList<>();

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withMounts(
          mounts -> {
            LustreBinding binding = mounts.mount(mount).binding();
            return each("fid", fids, word -> look(binding, word));
          });
    }

    private void look(LustreBinding binding, String word) throws IOException, CommandFailure {
      Fid fid;
      try {
        fid = Fid.parse(word);
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, e);
      }
      ObjectNode json = Output.object().put("fid", fid.toString());
      ArrayNode all = json.putArray("paths");
      String top = PathBytes.of(mount) + (mount.endsWith("/") ? "" : "/");
      for (PathBytes path : binding.identity().paths(fid)) {
        all.add(Output.path(Output.object(), path));
        say(top + path);
      }
      json(json);
    }
  }

  /** Lists pools. */
  @Command(
      name = "pools",
      description = {
        "Lists the OST pools of a Lustre, as lfs pool_list does; with --members and --usage what is in them.",
      },
      footer = {"", "Example:", "  kmesh lustre pools --members /mnt/lustre"})
  static final class Pools extends LustreLookCommand {
    @Parameters(index = "0", paramLabel = "MOUNT", description = MOUNT)
    private String mount = "";

    @Option(
        names = {"-m", "--members"},
        description = "The OSTs of each pool, as lfs pool_list FSNAME.POOL lists them.")
    private boolean isWithMembers;

    @Option(
        names = {"-u", "--usage"},
        description = "The space of each pool.")
    private boolean isWithUsage;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withMounts(
          mounts -> {
            LustreBinding binding = mounts.mount(mount).binding();
            String fileSystem = binding.identity().fileSystemName();
            LustreUsage usage = binding.usage();
            Map<Integer, String> osts = new HashMap<>();
            for (TargetUsage target : usage.targets()) {
              if (target.kind() == TargetUsage.Kind.OST) {
                osts.put(target.index(), target.uuid());
              }
            }
            print(fileSystem, usage.pools(), osts);
            return ExitCode.OK;
          });
    }

    private void print(String fileSystem, List<PoolUsage> pools, Map<Integer, String> osts) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("POOL", "OSTS", "SIZE", "USED", "USE%"));
      say("Pools from " + fileSystem + ":");
      for (PoolUsage pool : pools) {
        String name = fileSystem + "." + pool.name();
        say(name);
        rows.add(
            List.of(
                name,
                Integer.toString(pool.osts().size()),
                Output.size(pool.capacity().bytes()),
                Output.size(pool.used().bytes()),
                share(pool.used().bytes(), pool.capacity().bytes())));
        ObjectNode json = Output.object().put("fileSystem", fileSystem).put("pool", pool.name());
        ArrayNode members = json.putArray("members");
        pool.osts().forEach(index -> members.add(uuid(fileSystem, osts, index)));
        json.put("capacity", pool.capacity().bytes()).put("used", pool.used().bytes());
        json(json);
      }
      if (isWithMembers) {
        for (PoolUsage pool : pools) {
          say("Pool: " + fileSystem + "." + pool.name());
          pool.osts().forEach(index -> say(uuid(fileSystem, osts, index)));
        }
      }
      if (isWithUsage && !pools.isEmpty()) {
        say(Output.table(rows).stripTrailing());
      }
    }

    private static String uuid(String fileSystem, Map<Integer, String> osts, int index) {
      String uuid = osts.get(index);
      return uuid != null ? uuid : String.format(Locale.ROOT, "%s-OST%04x_UUID", fileSystem, index);
    }
  }

  /** The share as df prints it: rounded up. */
  static String share(long used, long capacity) {
    return capacity <= 0 ? "-" : (long) Math.ceil(100.0 * used / capacity) + "%";
  }

  /** Tells HSM states. */
  @Command(
      name = "hsm",
      description = "Tells the HSM state of each file, as lfs hsm_state does.",
      footer = {"", "Example:", "  kmesh lustre hsm /mnt/lustre/job42/*"})
  static final class Hsm extends LustreLookCommand {
    @Parameters(arity = "1..*", paramLabel = "PATH", description = PATHS)
    private List<String> paths = new ArrayList<>();

    @Option(
        names = {"-a", "--action"},
        description = "What a copytool is doing to it, as lfs hsm_action.")
    private boolean isAction;

    @Override
    public Integer call() throws IOException, CommandFailure {
      return withMounts(mounts -> each("path", paths, word -> look(mounts.at(word), word)));
    }

    private void look(LustreMounts.Place place, String word) throws IOException {
      LustreBinding binding = place.binding();
      Fid fid = binding.identity().fid(place.below());
      ObjectNode json = named(word);
      if (isAction) {
        CurrentAction action = binding.hsm().currentAction(fid);
        json.put("phase", action.phase().name().toLowerCase(Locale.ROOT));
        action.action().ifPresent(kind -> json.put("action", kind.name()));
        json.put("bytesDone", action.bytesDone());
        say(PathBytes.of(word) + ": " + text(action));
      } else {
        HsmState state = FileQuestions.hsm(place, fid);
        put(json, state);
        say(PathBytes.of(word) + ": " + state);
      }
      json(json);
    }
  }

  /** As lfs hsm_action says it. The whole file is always meant. */
  static String text(CurrentAction action) {
    String name = action.action().map(Enum::name).orElse("NOOP");
    return switch (action.phase()) {
      case IDLE -> name;
      case WAITING -> name + " waiting (from 0 to EOF)";
      case RUNNING ->
          name.equals("ARCHIVE") || name.equals("RESTORE")
              ? name + " running (" + action.bytesDone() + " bytes moved)"
              : name + " running (from 0 to EOF)";
    };
  }
}
