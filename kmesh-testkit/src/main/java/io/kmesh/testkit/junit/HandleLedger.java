// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.junit;

import io.kmesh.spi.lustre.RunningAction;
import java.io.Closeable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Remembers who opened each directory, file, cursor or session below a wrapped tree or binding
 * until it is closed. Thread-safe.
 */
final class HandleLedger {
  private static final String SPI = "io.kmesh.spi.";

  private final IdentityHashMap<Object, Throwable> open =
      new IdentityHashMap<>(); // guarded by this

  /** Wraps a tree or a binding; what it opens is remembered. */
  <T> T watch(Class<T> spi, T real) {
    return spi.cast(wrap(real, Set.of(spi)));
  }

  /** Where what is still open was opened. */
  synchronized List<Throwable> leaks() {
    return List.copyOf(open.values());
  }

  private Object wrap(Object real, Set<Class<?>> types) {
    return Proxy.newProxyInstance(
        types.iterator().next().getClassLoader(),
        types.toArray(Class<?>[]::new),
        new Handler(real, this));
  }

  private synchronized void opened(Object real, Method by) {
    open.put(real, new Throwable("opened by " + by.getName() + " and never closed: " + real));
  }

  private synchronized void closed(Object real) {
    open.remove(real);
  }

  private record Handler(Object real, HandleLedger ledger) implements InvocationHandler {
    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] given)
        throws Throwable {
      Object[] arguments = given == null ? new Object[0] : given.clone();
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = unwrap(arguments[i]);
      }
      if (method.getDeclaringClass() == Object.class) {
        return switch (method.getName()) {
          case "equals" -> real.equals(arguments[0]);
          case "hashCode" -> real.hashCode();
          default -> String.valueOf(real);
        };
      }
      Object result;
      try {
        result = method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause() == null ? e : e.getCause();
      }
      if (method.getName().equals("close") && arguments.length == 0) {
        ledger.closed(real);
      }
      return result == null ? null : wrapResult(method, result);
    }

    private Object wrapResult(Method method, Object result) {
      Set<Class<?>> types = spiInterfaces(result.getClass());
      if (types.isEmpty()) {
        return result;
      }
      // A facet or a tree of a binding is no handle: it lives as long as the binding.
      // The data of a running action are closed with it.
      boolean isHandle =
          method.getExceptionTypes().length > 0
              && result instanceof Closeable
              && method.getDeclaringClass() != RunningAction.class;
      if (isHandle) {
        ledger.opened(result, method);
      }
      return ledger.wrap(result, types);
    }

    private static Object unwrap(Object argument) {
      return argument != null
              && Proxy.isProxyClass(argument.getClass())
              && Proxy.getInvocationHandler(argument) instanceof Handler h
          ? h.real
          : argument;
    }

    private static Set<Class<?>> spiInterfaces(Class<?> type) {
      Set<Class<?>> found = new LinkedHashSet<>();
      if (type.isRecord() || type.isEnum()) {
        return found;
      }
      List<Class<?>> todo = new ArrayList<>();
      for (Class<?> t = type; t != null; t = t.getSuperclass()) {
        todo.addAll(List.of(t.getInterfaces()));
      }
      for (Class<?> i : todo) {
        if (i.getName().startsWith(SPI)) {
          found.add(i);
        }
      }
      return found;
    }
  }
}
