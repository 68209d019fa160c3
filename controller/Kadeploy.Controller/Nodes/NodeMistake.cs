namespace Kadeploy.Controller.Nodes;

/// <summary>What is wrong with what was said about a node.</summary>
/// <param name="Field">Which field of it.</param>
/// <param name="Message">Why, and what would be right.</param>
internal sealed record NodeMistake(string Field, string Message);
