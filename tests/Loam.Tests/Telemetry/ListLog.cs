using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Loam.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLog : ILoggerFactory
{
    private readonly ConcurrentQueue<(string Category, int Id, LogLevel Level, string Text)> _entries = new();

    public IEnumerable<(int Id, LogLevel Level)> Events => _entries.Select(entry => (entry.Id, entry.Level));

    public IEnumerable<string> Lines => _entries.Select(entry => $"{entry.Category} {entry.Id} {entry.Text}");

    public string Text => string.Join('\n', _entries.Select(entry => entry.Text));

    public ILogger CreateLogger(string categoryName) => new Log(this, categoryName);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    private sealed class Log(ListLog list, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            list._entries.Enqueue((category, eventId.Id, logLevel, $"{formatter(state, exception)} {exception}".TrimEnd()));
    }
}
