// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static io.kmesh.bench.rules.Conditions.condition;
import static io.kmesh.bench.rules.Conditions.published;
import static io.kmesh.bench.rules.Conditions.within;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;

/** What main code may not call: files, the clock, default executors, threads, the console. */
final class CodeRules {
  /**
   * The packages that wrap time and threads; contracts and the JUnit extension, which are tests and
   * wait for real threads.
   */
  private static final List<String> TIME =
      List.of(
          "io.kmesh.cloud.gcp.internal.time",
          "io.kmesh.core.internal.time",
          "io.kmesh.spi.time",
          "io.kmesh.testkit.contract",
          "io.kmesh.testkit.junit",
          "io.kmesh.testkit.time");

  /**
   * Packages whose files are Kmesh's own state, the tree that is java.nio itself, who reads files
   * of passphrases, keys, credentials and certificates, the commands, which also ask what is at a
   * path that a user names, and the test kit, whose files play a file system.
   */
  private static final List<String> FILES =
      List.of(
          "io.kmesh.cli",
          "io.kmesh.cloud.aws.internal",
          "io.kmesh.cloud.azure.internal.credential",
          "io.kmesh.cloud.gcp.internal.auth",
          "io.kmesh.core.internal.flows.base",
          "io.kmesh.core.internal.flows.trust",
          "io.kmesh.core.internal.key",
          "io.kmesh.core.internal.mirror.cache",
          "io.kmesh.core.internal.mirror.journal",
          "io.kmesh.core.internal.posix",
          "io.kmesh.core.internal.repositories",
          "io.kmesh.core.internal.repository.head",
          "io.kmesh.core.internal.repository.index",
          "io.kmesh.core.internal.snapshots",
          "io.kmesh.core.internal.snapshots.fs",
          "io.kmesh.core.internal.state",
          "io.kmesh.core.internal.store",
          "io.kmesh.lustre.jna.internal.host",
          "io.kmesh.state",
          "io.kmesh.store",
          "io.kmesh.testkit");

  private static final Set<String> FILE_TYPES =
      Set.of(
          "java.nio.file.Files",
          "java.io.File",
          "java.io.FileInputStream",
          "java.io.FileOutputStream",
          "java.io.FileReader",
          "java.io.FileWriter",
          "java.io.RandomAccessFile");

  private static final Set<String> ASYNC_WITHOUT_EXECUTOR =
      Set.of("orTimeout", "completeOnTimeout", "delayedExecutor");

  private CodeRules() {}

  static List<Checked> all() {
    return List.of(
        Checked.of(
            nobodyCalls(
                "the files of the JDK, outside the packages of Kmesh's own state (users' trees go"
                    + " through spi.posix)",
                FILES,
                (access, target) ->
                    FILE_TYPES.contains(target.getOwner().getName())
                        || (target.getOwner().getName().endsWith("FileChannel")
                            && target.getName().equals("open"))),
            io.kmesh.core.internal.transfer.OffendingCalls.ReadsFiles.class,
            io.kmesh.core.internal.transfer.OffendingCalls.OpensChannel.class),
        Checked.of(
            nobodyCalls("the system clock", TIME, (access, target) -> clock(target)),
            io.kmesh.core.internal.transfer.OffendingCalls.ReadsClock.class,
            io.kmesh.core.internal.transfer.OffendingCalls.UsesClock.class,
            io.kmesh.core.internal.transfer.OffendingCalls.CountsNanos.class),
        Checked.of(
            nobodyCalls("a sleep or a timed wait", TIME, (access, target) -> sleep(target)),
            io.kmesh.core.internal.transfer.OffendingCalls.Sleeps.class,
            io.kmesh.core.internal.transfer.OffendingCalls.Waits.class),
        Checked.of(
            nobodyCalls(
                "a default executor or a timer", TIME, (access, target) -> defaultExecutor(target)),
            io.kmesh.core.internal.transfer.OffendingCalls.RunsAsync.class,
            io.kmesh.core.internal.transfer.OffendingCalls.TimesOut.class,
            io.kmesh.core.internal.transfer.OffendingCalls.MakesPool.class,
            io.kmesh.core.internal.transfer.OffendingCalls.StreamsInParallel.class,
            io.kmesh.core.internal.transfer.OffendingCalls.MakesTimer.class),
        Checked.of(
            classes()
                .that(published())
                .should(
                    condition(
                        "name each thread that they make kmesh-* and make it a daemon",
                        (JavaClass c, java.util.function.Consumer<String> violation) ->
                            unnamedThreads(c, violation))),
            io.kmesh.core.internal.transfer.OffendingCalls.MakesThread.class,
            io.kmesh.core.internal.transfer.OffendingCalls.MakesUserThread.class),
        Checked.of(
            nobodyCalls(
                "the console, or System.exit",
                List.of("io.kmesh.cli"),
                (access, target) ->
                    (target.getOwner().getName().equals("java.lang.System")
                            && Set.of("out", "err", "in", "exit").contains(target.getName()))
                        || (target.getName().equals("printStackTrace")
                            && target.getOwner().isAssignableTo(Throwable.class)
                            && access.getTarget().getName().equals("printStackTrace")
                            && parameters(target).isEmpty())),
            io.kmesh.core.internal.transfer.OffendingCalls.Prints.class,
            io.kmesh.core.internal.transfer.OffendingCalls.PrintsTrace.class));
  }

  private static ArchRule nobodyCalls(
      String what, List<String> except, BiPredicate<JavaAccess<?>, AccessTarget> banned) {
    return classes()
        .that(published())
        .should(
            condition(
                "not use " + what,
                (JavaClass c, java.util.function.Consumer<String> violation) -> {
                  if (within(c.getPackageName(), except)) {
                    return;
                  }
                  for (JavaAccess<?> access : c.getAccessesFromSelf()) {
                    if (banned.test(access, access.getTarget())) {
                      violation.accept(access.getDescription());
                    }
                  }
                  c.getMethodReferencesFromSelf().stream()
                      .filter(r -> banned.test(r, r.getTarget()))
                      .forEach(r -> violation.accept(r.getDescription()));
                }));
  }

  private static boolean clock(AccessTarget target) {
    String owner = target.getOwner().getName();
    String name = target.getName();
    boolean noClock =
        parameters(target).isEmpty() || parameters(target).equals(List.of("java.time.ZoneId"));
    return (owner.equals("java.lang.System")
            && Set.of("currentTimeMillis", "nanoTime").contains(name))
        || (owner.startsWith("java.time.") && name.equals("now") && noClock)
        || (owner.equals("java.time.Clock")
            && (name.startsWith("system") || name.startsWith("tick")))
        || (owner.equals("java.util.Date") && name.equals("<init>") && parameters(target).isEmpty())
        || (owner.equals("java.util.Calendar") && name.equals("getInstance"))
        || (owner.equals("com.google.common.base.Stopwatch")
            && name.startsWith("create")
            && parameters(target).isEmpty());
  }

  private static boolean sleep(AccessTarget target) {
    JavaClass owner = target.getOwner();
    String name = target.getName();
    List<String> parameters = parameters(target);
    boolean timed = parameters.contains("long");
    return (owner.getName().equals("java.lang.Thread") && name.equals("sleep"))
        || (owner.getName().equals("java.util.concurrent.TimeUnit") && name.equals("sleep"))
        || (owner.getName().equals("java.util.concurrent.locks.LockSupport")
            && Set.of("parkNanos", "parkUntil").contains(name))
        || (name.equals("wait") && timed && parameters.get(0).equals("long"))
        || (name.startsWith("await")
            && timed
            && owner.getPackageName().startsWith("java.util.concurrent"))
        || owner.getName().startsWith("com.google.common.util.concurrent.Uninterruptibles");
  }

  private static boolean defaultExecutor(AccessTarget target) {
    JavaClass owner = target.getOwner();
    String name = target.getName();
    List<String> parameters = parameters(target);
    if (owner.getPackageName().startsWith("java.util.concurrent")
        && (owner.getSimpleName().equals("CompletableFuture")
            || owner.getSimpleName().equals("CompletionStage"))) {
      return ASYNC_WITHOUT_EXECUTOR.contains(name)
          || (name.endsWith("Async") && !parameters.contains("java.util.concurrent.Executor"));
    }
    return (owner.getName().equals("java.util.concurrent.Executors")
            && (name.startsWith("new") || name.equals("defaultThreadFactory"))
            && !parameters.contains("java.util.concurrent.ThreadFactory"))
        || ((owner.getName().equals("java.util.concurrent.ThreadPoolExecutor")
                || owner.getName().equals("java.util.concurrent.ScheduledThreadPoolExecutor"))
            && name.equals("<init>")
            && !parameters.contains("java.util.concurrent.ThreadFactory"))
        || (owner.getName().equals("java.util.concurrent.ForkJoinPool")
            && Set.of("<init>", "commonPool").contains(name))
        || owner.getName().equals("java.util.Timer")
        || name.equals("parallelStream")
        || (name.equals("parallel") && owner.getPackageName().equals("java.util.stream"));
  }

  /** A class that makes threads says {@code kmesh-} in a constant and calls {@code setDaemon}. */
  private static void unnamedThreads(JavaClass c, java.util.function.Consumer<String> violation) {
    var made =
        c.getConstructorCallsFromSelf().stream()
            .filter(call -> call.getTargetOwner().getName().equals("java.lang.Thread"))
            .toList();
    if (made.isEmpty()) {
      return;
    }
    boolean daemon =
        c.getMethodCallsFromSelf().stream()
            .anyMatch(
                call ->
                    call.getTargetOwner().isAssignableTo(Thread.class)
                        && call.getName().equals("setDaemon"));
    made.forEach(
        call -> {
          if (!daemon) {
            violation.accept(call.getDescription() + " and never calls setDaemon(true)");
          }
          if (!parameters(call.getTarget()).contains("java.lang.String")) {
            violation.accept(call.getDescription() + " without a name");
          }
        });
  }

  private static List<String> parameters(AccessTarget target) {
    return target instanceof AccessTarget.CodeUnitAccessTarget unit
        ? unit.getRawParameterTypes().stream().map(JavaClass::getName).toList()
        : List.of();
  }
}
