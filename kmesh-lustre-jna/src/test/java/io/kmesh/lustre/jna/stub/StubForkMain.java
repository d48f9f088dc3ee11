// SPDX-License-Identifier: Apache-2.0
package io.kmesh.lustre.jna.stub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The other side of {@link StubFork}: runs classes and writes each test's end to a file. */
final class StubForkMain {
  private StubForkMain() {}

  /**
   * Runs the tests.
   *
   * @param arguments the report's path, the names of the classes
   */
  public static void main(String[] arguments) throws IOException {
    Path report = Files.createFile(Path.of(arguments[0]));
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    for (String testClass : List.of(arguments).subList(1, arguments.length)) {
      request.selectors(DiscoverySelectors.selectClass(testClass));
    }
    LauncherFactory.create().execute(request.build(), new Reporter(report));
    Files.writeString(report, "end\n", StandardOpenOption.APPEND);
    // A thread that hangs in a call of the stub must not keep the JVM.
    System.exit(0);
  }

  /** Writes a line for each test: state, class, name, text in base 64. */
  private static final class Reporter implements TestExecutionListener {
    private final Path report;

    Reporter(Path report) {
      this.report = report;
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      write("skipped", test, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      boolean hasFailed = result.getStatus() == TestExecutionResult.Status.FAILED;
      if (!test.isTest() && !hasFailed) {
        return;
      }
      StringWriter text = new StringWriter();
      result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(new PrintWriter(text)));
      String state =
          switch (result.getStatus()) {
            case SUCCESSFUL -> "ok";
            case ABORTED -> "skipped";
            case FAILED -> "failed";
          };
      write(state, test, text.toString());
    }

    private void write(String state, TestIdentifier test, String text) {
      String name = test.getDisplayName().replaceAll("\\(.*\\)$", "").replace(' ', '_');
      String unique = test.getUniqueId();
      String testClass =
          unique.replaceAll("^.*\\[class:([^]]*)].*$", "$1").replaceAll("^.*[./]", "");
      String encoded = Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
      try {
        Files.writeString(
            report,
            state + " " + testClass + " " + name + " " + encoded + "\n",
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
