// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cli;

import io.kmesh.path.PathBytes;
import io.kmesh.spi.lustre.LustreBinding;
import io.kmesh.spi.lustre.LustreProvider;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what works on this machine and what does not. */
@Command(
    name = "doctor",
    description = {
      "Looks at this machine and at the Lustre that is mounted here, changes nothing, and ends with what will not work,"
          + " why, and what to do. Exit code 3: something will not work.",
    },
    footer = {
      "",
      "Examples:",
      "  kmesh doctor",
      "  sudo kmesh doctor /mnt/lustre              # as root it sees more",
    })
final class DoctorCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "MOUNT",
      description = "The mount point of a Lustre; all that are mounted unless given.")
  private @Nullable String mount;

  @Option(names = "--json", description = "Prints JSON: one object.")
  private boolean isJson;

  @Override
  public Integer call() throws IOException, CommandFailure {
    if (spec == null) {
      throw new IllegalStateException("This command was not made by a command line.");
    }
    Surroundings surroundings = ((KmeshCommand) spec.root().userObject()).surroundings();
    LustreWorld world = surroundings.lustre();
    MountTable table = MountTable.read(world.root());
    Diagnosis found = new Diagnosis();
    Map<PathBytes, LustreProvider> providers = providers(world, found);
    List<PathBytes> points = points(table, providers);

    MachineExam machine = new MachineExam(world, table, found);
    machine.java(surroundings.environment());
    Optional<LustreNatives.Library> library = machine.library();
    machine.kernel(library, !points.isEmpty());
    Privileges privileges = Privileges.read(world.root());
    machine.privileges(privileges, !points.isEmpty());
    machine.mounts(points);
    found.array("mounts");
    for (PathBytes point : points) {
      MountExam exam =
          new MountExam(world, table, found, new CapabilityReasons(library, privileges));
      LustreProvider provider = providers.get(point);
      if (provider == null) {
        exam.unopened(point, library.isPresent() ? "no binding finds it" : "without liblustreapi");
        continue;
      }
      try (LustreBinding binding = provider.open(BytePaths.path(point))) {
        exam.opened(point, binding);
      } catch (IOException e) {
        exam.unopened(point, MountExam.words(e));
      }
    }
    surroundings.out().print(isJson ? found.json() + "\n" : found.text());
    return found.isAllRight() ? ExitCode.OK : ExitCode.PROBLEMS;
  }

  private static Map<PathBytes, LustreProvider> providers(LustreWorld world, Diagnosis diagnosis) {
    Map<PathBytes, LustreProvider> found = new LinkedHashMap<>();
    for (LustreProvider provider : world.providers().get()) {
      // Why it is unusable is told with the library.
      if (provider.whyUnusable().isEmpty()) {
        try {
          provider.mountPoints().forEach(point -> found.putIfAbsent(point, provider));
        } catch (IOException e) {
          diagnosis.wrong("Finding mounts by " + provider.name(), MountExam.words(e), "");
        }
      }
    }
    return found;
  }

  private List<PathBytes> points(MountTable table, Map<PathBytes, LustreProvider> providers)
      throws CommandFailure {
    TreeSet<PathBytes> all = new TreeSet<>(providers.keySet());
    table.lustre().forEach(m -> all.add(m.point()));
    if (mount == null) {
      return new ArrayList<>(all);
    }
    PathBytes path = BytePaths.absolute(mount);
    Optional<PathBytes> point = LustreMounts.mountOf(path, all);
    if (point.isEmpty()) {
      try {
        path = PathBytes.absolute(BytePaths.path(path).toRealPath());
      } catch (IOException e) {
        throw new CommandFailure(
            ExitCode.NOT_FOUND, "Cannot examine " + path + ": there is no such file or directory.");
      }
      point = LustreMounts.mountOf(path, all);
    }
    if (point.isPresent()) {
      return List.of(point.get());
    }
    throw new CommandFailure(
        ExitCode.USAGE,
        "Cannot examine "
            + path
            + ": it does not lie on a mounted Lustre"
            + table.of(path).map(m -> ", but on " + m.type() + " at " + m.point()).orElse("")
            + ". "
            + (all.isEmpty()
                ? "No Lustre is mounted here; kmesh doctor without a path says more."
                : "Name one of "
                    + String.join(", ", all.stream().map(Object::toString).toList())
                    + "."));
  }
}
