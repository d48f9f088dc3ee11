// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** The other side of {@link TestFork}: runs one class and writes what came of it to a file. */
final class TestForkMain {
  private TestForkMain() {}

  /**
   * Runs the tests.
   *
   * @param arguments the class's name, the report's path
   */
  public static void main(String[] arguments) throws IOException {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(arguments[0]))
                .build(),
            listener);
    TestExecutionSummary summary = listener.getSummary();
    StringWriter text = new StringWriter();
    PrintWriter printer = new PrintWriter(text);
    printer.println(
        "failed="
            + summary.getTotalFailureCount()
            + " ran="
            + (summary.getTestsSucceededCount() > 0 ? "some" : "none")
            + " locale="
            + System.getProperty("sun.jnu.encoding")
            + " user="
            + TestFork.userId()
            + " succeeded="
            + summary.getTestsSucceededCount()
            + " skipped="
            + summary.getTestsSkippedCount());
    summary.printFailuresTo(printer, 20);
    printer.flush();
    Files.writeString(Path.of(arguments[1]), text.toString());
  }
}
