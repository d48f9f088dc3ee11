// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Builds the stub of liblustreapi from {@code src/test/c} with gcc, once in a JVM for each set of
 * functions that it shall lack. Thread-safe.
 */
final class StubLibrary {
  private static final Path SOURCES = Path.of("src", "test", "c").toAbsolutePath();
  private static final Map<List<String>, Path> BUILT = new ConcurrentHashMap<>();
  private static final List<Path> OBJECTS = new ArrayList<>();

  private StubLibrary() {}

  /** Why it can't be built here; empty when it can. */
  static String whyImpossible() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return "the stub is for Linux";
    }
    String path = System.getenv().getOrDefault("PATH", "");
    boolean hasGcc =
        Arrays.stream(path.split(":", -1)).anyMatch(p -> Files.isExecutable(Path.of(p, "gcc")));
    return hasGcc ? "" : "there is no gcc";
  }

  /**
   * The library.
   *
   * @param omitted functions that it shall not export, as an older release does not
   */
  static Path build(String... omitted) throws IOException, InterruptedException {
    List<String> key = Stream.of(omitted).sorted().toList();
    Path known = BUILT.get(key);
    if (known == null) {
      known = compile(key);
      BUILT.put(key, known);
    }
    return known;
  }

  private static synchronized Path compile(List<String> omitted)
      throws IOException, InterruptedException {
    List<Path> objects = objects();
    Path directory = temporary();
    Path library = directory.resolve("liblustreapi-stub.so");
    Path exports = directory.resolve("exports.map");
    List<String> command =
        new ArrayList<>(List.of("gcc", "-shared", "-pthread", "-Wl,-Bsymbolic-functions"));
    // JNA unloads a library that nobody refers to any more; the threads of this one go on.
    command.add("-Wl,-z,nodelete");
    if (!omitted.isEmpty()) {
      Files.writeString(exports, "{ local: " + String.join("; ", omitted) + "; };\n", UTF_8);
      command.add("-Wl,--version-script=" + exports);
    }
    command.addAll(List.of("-o", library.toString()));
    objects.forEach(object -> command.add(object.toString()));
    await(start(command, directory));
    deleteAtExit(exports, library);
    return library;
  }

  /** The objects of all sources, compiled at the same time. */
  private static List<Path> objects() throws IOException, InterruptedException {
    if (!OBJECTS.isEmpty()) {
      return OBJECTS;
    }
    Path directory = temporary();
    List<Path> sources;
    try (Stream<Path> files = Files.list(SOURCES)) {
      sources = files.filter(file -> file.toString().endsWith(".c")).sorted().toList();
    }
    List<Path> made = new ArrayList<>();
    List<Process> running = new ArrayList<>();
    for (Path source : sources) {
      Path object = directory.resolve(source.getFileName() + ".o");
      made.add(object);
      List<String> command = new ArrayList<>(List.of("gcc", "-c", "-std=gnu11", "-O1", "-g"));
      command.addAll(List.of("-Wall", "-Wextra", "-Werror", "-fPIC", "-fvisibility=hidden"));
      command.addAll(List.of("-o", object.toString(), source.toString()));
      running.add(start(command, directory));
      deleteAtExit(object);
    }
    for (Process process : running) {
      await(process);
    }
    OBJECTS.addAll(made);
    return OBJECTS;
  }

  private static Process start(List<String> command, Path directory) throws IOException {
    return new ProcessBuilder(command)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .start();
  }

  private static void await(Process process) throws IOException, InterruptedException {
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError("gcc failed:\n" + said);
    }
  }

  private static Path temporary() throws IOException {
    Path directory = Files.createTempDirectory("kmesh-stub-lustre");
    deleteAtExit(directory);
    return directory;
  }

  /** Deletes at the end, in the order opposite to that of the calls. */
  private static void deleteAtExit(Path... files) {
    for (Path file : files) {
      file.toFile().deleteOnExit();
    }
  }
}
