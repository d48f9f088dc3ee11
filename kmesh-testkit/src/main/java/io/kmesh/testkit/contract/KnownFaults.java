// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.contract;

import java.lang.reflect.Method;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.opentest4j.TestAbortedException;

/**
 * Runs the tests of a contract that a real server is known to break, and fails those that it does
 * not break any more: so the table of its faults stays true. What the table says of no test at all
 * fails too. A test whose fault begins with {@link #SOMETIMES} may pass or fail: a race that the
 * server loses now and then.
 */
public final class KnownFaults implements InvocationInterceptor {
  /** What the fault begins with of a test that the server breaks not every time. */
  public static final String SOMETIMES = "sometimes: ";

  /** A contract that may know of faults. */
  public interface Table {
    /** Why each test fails that does, by the name of its method. */
    Map<String, String> knownFaults();
  }

  /** For JUnit. */
  public KnownFaults() {}

  @Override
  public void interceptTestMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, method.getExecutable().getName(), context);
  }

  @Override
  public void interceptTestTemplateMethod(
      Invocation<Void> invocation,
      ReflectiveInvocationContext<Method> method,
      ExtensionContext context)
      throws Throwable {
    intercept(invocation, method.getExecutable().getName(), context);
  }

  private static void intercept(Invocation<Void> invocation, String name, ExtensionContext context)
      throws Throwable {
    Map<String, String> faults = ((Table) context.getRequiredTestInstance()).knownFaults();
    requireTests(faults, context.getRequiredTestClass());
    String fault = faults.get(name);
    if (fault == null) {
      invocation.proceed();
      return;
    }
    try {
      invocation.proceed();
    } catch (TestAbortedException e) {
      throw e;
    } catch (Exception | AssertionError e) {
      return;
    }
    if (fault.startsWith(SOMETIMES)) {
      return;
    }
    throw new AssertionError(
        name
            + " passes though the server was known to break it: \""
            + fault
            + "\". Take it out of the table.");
  }

  private static void requireTests(Map<String, String> faults, Class<?> contract) {
    for (String name : faults.keySet()) {
      boolean isThere = false;
      for (Class<?> c = contract; c != null && !isThere; c = c.getSuperclass()) {
        for (Method method : c.getDeclaredMethods()) {
          isThere |= method.getName().equals(name);
        }
      }
      if (!isThere) {
        throw new AssertionError("The table of faults names " + name + ", which is no test.");
      }
    }
  }
}
