// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Runs a test class in a JVM of its own: in another locale, which a JVM takes once at its start, or
 * as a user without privileges. Immutable. Needs junit-platform-launcher on the class path.
 */
public final class TestFork {
  /** Who owns nothing, on every Linux. */
  private static final String NOBODY = "65534";

  private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

  private final Class<?> testClass;
  private final String locale;
  private final boolean unprivileged;

  private TestFork(Class<?> testClass, String locale, boolean unprivileged) {
    this.testClass = testClass;
    this.locale = locale;
    this.unprivileged = unprivileged;
  }

  /** A run of all tests of a class, in the locale {@code C.UTF-8}, as the caller. */
  public static TestFork of(Class<?> testClass) {
    return new TestFork(testClass, "C.UTF-8", false);
  }

  /** This run with a value of LC_ALL, such as {@code C}. */
  public TestFork locale(String value) {
    return new TestFork(testClass, value, unprivileged);
  }

  /** This run in the locale C when this JVM's is UTF-8, else in C.UTF-8. */
  public TestFork otherLocale() {
    return locale(System.getProperty("sun.jnu.encoding").equals("UTF-8") ? "C" : "C.UTF-8");
  }

  /** This run as user and group 65534 without any other group or privilege; only root can. */
  public TestFork asNobody() {
    return new TestFork(testClass, locale, true);
  }

  /** Why this run can't be made here; empty when it can. */
  public Optional<String> whyImpossible() {
    if (!unprivileged) {
      return Optional.empty();
    } else if (!Files.isExecutable(SETPRIV)) {
      return Optional.of("a run as another user needs " + SETPRIV + " (util-linux)");
    }
    return userId() == 0
        ? Optional.empty()
        : Optional.of("a run as another user needs root, and this is user " + userId());
  }

  /** The effective user of this process; -1 where that can't be told. */
  static int userId() {
    try {
      return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    } catch (IOException | UnsupportedOperationException e) {
      return -1;
    }
  }

  /**
   * Runs the tests and fails when one of them failed, none ran, or the locale was not taken.
   *
   * @param directory an empty directory for the run; others get leave to search it
   */
  public void run(Path directory) throws IOException, InterruptedException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path scratch = Files.createDirectory(directory.resolve("scratch"));
    Files.setAttribute(scratch, "unix:mode", 01777);
    Path report = scratch.resolve("report");
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command(classPath(directory), scratch, report))
            .directory(scratch.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("LC_") || name.startsWith("LANG"));
    environment.put("LC_ALL", locale);
    int status = builder.start().waitFor();
    String said = Files.exists(report) ? Files.readString(report) : "";
    assertThat(said)
        .as(
            "%s with LC_ALL=%s%s: exit status %d, output:%n%s",
            testClass.getName(),
            locale,
            unprivileged ? " as nobody" : "",
            status,
            new String(Files.readAllBytes(output), java.nio.charset.StandardCharsets.UTF_8))
        .startsWith(
            "failed=0 ran=some locale="
                + (locale.equals("C") ? "ANSI_X3.4-1968" : "UTF-8")
                + " user="
                + (unprivileged ? NOBODY : userId())
                + " ");
  }

  private List<String> command(String classPath, Path scratch, Path report) {
    List<String> command = new ArrayList<>();
    if (unprivileged) {
      command.addAll(
          List.of(
              SETPRIV.toString(),
              "--reuid=" + NOBODY,
              "--regid=" + NOBODY,
              "--clear-groups",
              "--inh-caps=-all",
              "--bounding-set=-all"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Djava.io.tmpdir=" + scratch,
            "-Dkmesh.native-directory=" + scratch.resolve("native"),
            "-cp",
            classPath,
            TestForkMain.class.getName(),
            testClass.getName(),
            report.toString()));
    return command;
  }

  /** The class path, or a copy of it that others may read. */
  private String classPath(Path directory) throws IOException {
    String all = System.getProperty("java.class.path");
    if (!unprivileged) {
      return all;
    }
    List<String> copies = new ArrayList<>();
    for (String entry : all.split(File.pathSeparator, -1)) {
      Path original = Path.of(entry);
      if (!entry.isEmpty() && Files.exists(original)) {
        Path copy = directory.resolve("classpath-" + copies.size() + "-" + original.getFileName());
        copyTree(original, copy);
        copies.add(copy.toString());
      }
    }
    return String.join(File.pathSeparator, copies);
  }

  /** Gives a file that everybody may read a second name, which is soon done. */
  private static boolean isLinked(Path original, Path copy) throws IOException {
    if (!Files.isRegularFile(original)
        || !Files.getPosixFilePermissions(original).contains(PosixFilePermission.OTHERS_READ)) {
      return false;
    }
    try {
      Files.createLink(copy, original);
      return true;
    } catch (IOException | UnsupportedOperationException e) {
      return false; // another file system, or one without links
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(from)) {
      all = walk.toList();
    }
    for (Path one : all) {
      Path copy = to.resolve(from.relativize(one).toString());
      if (isLinked(one, copy)) {
        continue;
      }
      Files.copy(one, copy, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(
          copy,
          PosixFilePermissions.fromString(Files.isDirectory(one) ? "rwxr-xr-x" : "rw-r--r--"));
    }
  }
}
