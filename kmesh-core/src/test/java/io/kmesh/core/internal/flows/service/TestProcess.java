// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.service;

import io.kmesh.spi.posix.PosixInode;
import io.kmesh.testkit.fault.SimulatedCrash;
import java.io.Closeable;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A process of a test: it sees trees and stores through wrappers, which tell of each call, and
 * through which nothing is done any more once it has ended. For one thread.
 */
final class TestProcess {
  private static final String OURS = "io.kmesh.";

  private final Hook hook;
  private final Set<Closeable> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean isEnded;

  /** Is told of calls that may fail. */
  interface Hook {
    /** A call begins, or has happened; may end the process by a {@link SimulatedCrash}. */
    void at(String call, When when) throws IOException;
  }

  /** Where a call is. */
  enum When {
    BEFORE,
    AFTER
  }

  TestProcess(Hook hook) {
    this.hook = hook;
  }

  /** What the process sees of something real. */
  <T> T see(Class<T> type, T real) {
    return type.cast(proxy(type, real));
  }

  /** Ends it as a kill does: what it had open is closed, and nothing of its own is tidied. */
  void end() throws IOException {
    isEnded = true;
    List<Closeable> left = new ArrayList<>(open);
    open.clear();
    for (Closeable one : left) {
      one.close();
    }
  }

  boolean isEnded() {
    return isEnded;
  }

  private Object proxy(Class<?> type, Object real) {
    return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, new Seen(real));
  }

  private final class Seen implements InvocationHandler {
    private final Object real;

    Seen(Object real) {
      this.real = real;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] given)
        throws Throwable {
      Object[] arguments = given == null ? new Object[0] : given.clone();
      if (method.getDeclaringClass() == Object.class) {
        return switch (method.getName()) {
          case "equals" -> proxy == arguments[0];
          case "hashCode" -> System.identityHashCode(proxy);
          default -> "seen " + real;
        };
      }
      if (isEnded) {
        throw new SimulatedCrash("(the process has ended)");
      }
      for (int i = 0; i < arguments.length; i++) {
        if (arguments[i] != null
            && Proxy.isProxyClass(arguments[i].getClass())
            && Proxy.getInvocationHandler(arguments[i]) instanceof Seen seen) {
          arguments[i] = seen.real;
        }
      }
      boolean isClose = method.getName().equals("close");
      boolean isTold = !isClose && method.getExceptionTypes().length > 0;
      if (isTold) {
        hook.at(method.getName(), When.BEFORE);
      }
      if (isClose) {
        open.remove(real);
      }
      Object result = call(method, arguments);
      if (result instanceof Closeable handle) {
        open.add(handle);
      }
      if (isTold) {
        hook.at(method.getName(), When.AFTER);
      }
      return result != null && method.getReturnType().isInterface() && isOurs(method, result)
          ? proxy(method.getReturnType(), result)
          : result;
    }

    private boolean isOurs(Method method, Object result) {
      return method.getReturnType().getName().startsWith(OURS)
          && (result instanceof Closeable || result instanceof PosixInode);
    }

    private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
      try {
        return method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause() == null ? e : e.getCause();
      }
    }
  }
}
