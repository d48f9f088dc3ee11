// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A program that is not Kmesh's and uses the same buckets. It reaches this machine alone: all else
 * would go through a proxy at a port where nobody listens. Immutable.
 */
final class ForeignProgram {
  private static final Set<String> KEPT = Set.of("PATH", "JAVA_HOME", "LANG", "LC_ALL");

  private final Path program;
  private final Path home;
  private final Map<String, String> environment;

  private ForeignProgram(Path program, Path home, Map<String, String> environment) {
    this.program = program;
    this.home = home;
    this.environment = environment;
  }

  /**
   * A program of the search path.
   *
   * @param home its home directory, so that it finds nobody's settings
   * @param environment what it is told
   */
  static Optional<ForeignProgram> find(String name, Path home, Map<String, String> environment) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(program -> new ForeignProgram(program, home, environment));
  }

  /** Runs it to its end, which must be a good one; gives what it printed. */
  String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(home, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().keySet().retainAll(KEPT);
    builder.environment().putAll(confined());
    builder.environment().putAll(environment);
    Process process = builder.start();
    int code;
    try {
      code = process.waitFor();
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(code).as("%s%n%s", String.join(" ", command), text).isZero();
    return text;
  }

  private Map<String, String> confined() {
    Map<String, String> all = new TreeMap<>();
    for (String name : List.of("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")) {
      all.put(name, "http://127.0.0.1:9"); // the port to throw things away, where nobody listens
    }
    all.put("no_proxy", "127.0.0.1");
    all.put("NO_PROXY", "127.0.0.1");
    all.put("HOME", home.toString());
    return all;
  }
}
